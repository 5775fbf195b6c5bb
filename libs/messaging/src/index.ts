export { Consume, type ConsumeOptions } from './inbox/consume.decorator';
export type { Delivery } from './inbox/delivery';
export type { MessagingOptions } from './messaging-options';
export { PermanentError } from './permanent-error';
export type { RecordOptions, Transaction } from './transaction';
