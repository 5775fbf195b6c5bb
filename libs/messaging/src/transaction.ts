import type { EventContract, EventData, Priority } from '@waybill/contracts';
import type { EntityManager } from 'typeorm';

export interface RecordOptions {
  /** Default: the priority of the delivery being handled, else `normal`. */
  readonly priority?: Priority;
  /** The aggregate's version after the change, for consumers that care about order. */
  readonly aggregateVersion?: number;
}

/** A database transaction in which events can be recorded. There is no other way to send one. */
export interface Transaction {
  /** TypeORM's entity manager of this transaction: the only way to the database inside it. */
  readonly manager: EntityManager;

  /**
   * Records an event. It is sent if, and only if, this transaction commits: also when it was recorded inside a savepoint
   * (`tx.manager.transaction`) that was rolled back.
   * @returns the message id (uuid v7).
   * @throws Error when the data does not match the event's schema, when the catalogue does not name this service as the event's
   *   producer, or when the transaction has ended.
   */
  record<Event extends EventContract>(event: Event, data: EventData<Event>, options?: RecordOptions): string;
}
