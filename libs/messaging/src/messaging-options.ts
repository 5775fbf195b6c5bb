import type { Catalogue, ServiceName } from '@waybill/contracts';
import type { QueueType } from './broker/topology';

/** What one service tells its messaging. Every time is in milliseconds. */
export interface MessagingOptions {
  readonly service: ServiceName;
  readonly catalogue: Catalogue;
  /** AMQP URL; its user is the service's own broker user, whose name is the service's name. */
  readonly brokerUrl: string;
  readonly queueType: QueueType;
  /** A handler that takes longer loses its transaction and is retried. */
  readonly handlerDeadline: number;
  /** Delay before the second attempt; doubles with each further one, with jitter, up to ten minutes. */
  readonly retryBase: number;
  /** Attempts before a message becomes a dead letter. */
  readonly maxAttempts: number;
  /** How long after the confirm a consumer's receipt is overdue. */
  readonly overdueAfter: number;
  /** How long finished messages are kept. */
  readonly retention: number;
  /** Where this process is to kill itself, as `crashPoint` reads it; for the fault suite. */
  readonly crashAt?: string;
}

/** Injection token of {@link MessagingOptions}. */
export const MESSAGING_OPTIONS = Symbol('MESSAGING_OPTIONS');
