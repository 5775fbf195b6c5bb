export { declareTopology } from './broker/declare-topology';
export { type Permissions, permissionsOf } from './broker/permissions';
export { type QueueType, topologyOf } from './broker/topology';
export { connectMessaging } from './connect-messaging';
export { messagingEntities } from './entities';
export { Backlog } from './inbox/backlog';
export { Consume, type ConsumeOptions } from './inbox/consume.decorator';
export type { Delivery } from './inbox/delivery';
export {
  Journey,
  type JourneyDelivery,
  type JourneyMessage,
  type JourneyQuery,
  type JourneyState,
} from './journey/journey';
export { findStuckMessages, type StuckMessage } from './journey/stuck-messages';
export { MessagingModule, type MessagingModuleOptions, type MessagingSettings } from './messaging.module';
export { MessagingHealth } from './messaging-health';
export { messagingMigrations } from './migrations';
export { PermanentError } from './permanent-error';
export { PollLoop } from './poll-loop';
export type { RecordOptions, Transaction } from './transaction';
export { Transactions } from './transactions';
