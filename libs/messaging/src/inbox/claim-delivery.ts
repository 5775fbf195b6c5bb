import type { EntityManager } from 'typeorm';
import type { Envelope } from '../envelope';

export interface DeliveryKey {
  readonly messageId: string;
  readonly consumer: string;
}

/**
 * Claims a message that has no inbox row yet: writes the row as `processed` in the effect's transaction. Waits for another
 * transaction that is at the same message.
 * @param elapsed milliseconds since the message came.
 * @returns false when a row is there already: somebody else has the message, or had it.
 */
export async function claimFresh(
  manager: EntityManager,
  envelope: Envelope,
  consumer: string,
  elapsed: number,
  attemptsAllowed: number,
): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'processed', 1, 1, $8,
       clock_timestamp() - $9 * interval '1 millisecond', clock_timestamp())
     on conflict do nothing
     returning message_id`,
    [
      envelope.messageId,
      consumer,
      envelope.producer,
      envelope.type,
      envelope.version,
      envelope.priority,
      envelope.correlationId,
      attemptsAllowed,
      elapsed,
    ],
  );
  return rows.length > 0;
}

/**
 * Claims a message whose attempt was started before: turns its row into `processed` in the effect's transaction.
 * @returns false when the row is not at this attempt any more.
 */
export async function claimStarted(manager: EntityManager, key: DeliveryKey, attempt: number): Promise<boolean> {
  const [rows]: [unknown[], number] = await manager.query(
    `update inbox_message
     set state = 'processed', attempts_finished = attempts_started, processed_at = clock_timestamp(), due_at = null,
       properties = null, body = null, receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
     where message_id = $1 and consumer = $2 and state = 'retrying' and attempts_started = $3
     returning message_id`,
    [key.messageId, key.consumer, attempt],
  );
  return rows.length > 0;
}
