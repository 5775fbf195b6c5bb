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
    `select flow.correlation_id as "correlationId", stuck.*
     from unnest($1::text[]) as flow (correlation_id) cross join lateral (
       select m.id as "messageId", m.type, 'dead' as state, r.consumer, coalesce(r.error, '') as error
       from outbox_message m join message_receipt r on r.message_id = m.id and r.state = 'dead'
       where m.correlation_id = flow.correlation_id
       union all
       select id, type, state, null, last_error
       from outbox_message where correlation_id = flow.correlation_id and state = 'parked'
       union all
       select message_id, type, state, consumer, coalesce(error, '')
       from inbox_message where correlation_id = flow.correlation_id and state <> 'processed'
       offset 0
     ) as stuck
     order by 1, 2, 5`,
    [correlationIds],
  );
}
