import type { EntityManager } from 'typeorm';

/** A message of a flow that does not get on by itself, or not yet. */
export interface StuckMessage {
  readonly correlationId: string;
  readonly messageId: string;
  readonly type: string;
  /**
   * `parked`: the broker does not take it; `dead`: the consumer has given up on it. Both wait for a person.
   * `retrying`: it came to this service, failed here, and is tried again.
   */
  readonly state: 'parked' | 'dead' | 'retrying';
  /** Who gave up on it, or tries it again; null while it is parked. */
  readonly consumer: string | null;
  readonly error: string;
}

/**
 * What of these flows is stuck, as far as this service knows: of the messages that it sent, and of those that came to it. What another
 * service could not send is known to that one alone. One query, however many flows.
 * @param database a service's DataSource, or the manager of a transaction.
 */
export async function findStuckMessages(
  database: Pick<EntityManager, 'query'>,
  correlationIds: readonly string[],
): Promise<StuckMessage[]> {
  return await database.query(
    `select correlation_id as "correlationId", message_id as "messageId", type, 'dead' as state, consumer,
       coalesce(delivery_error, '') as error
     from message_journey where correlation_id = any ($1) and delivery_state = 'dead'
     union all
     select correlation_id, id, type, state, null, last_error
     from outbox_message where correlation_id = any ($1) and state = 'parked'
     union all
     select correlation_id, message_id, type, state, consumer, coalesce(error, '')
     from inbox_message where correlation_id = any ($1) and state <> 'processed'
     order by 1, 2, 5`,
    [correlationIds],
  );
}
