import type { DataSource, EntityManager } from 'typeorm';
import type { ReceivedMessage } from '../codec';
import type { Envelope } from '../envelope';
import { storableJson, storableText } from '../storable';
import type { DeliveryKey } from './claim-delivery';

/** What is to be kept of a message that is not processed. */
export interface UnfinishedMessage {
  readonly envelope: Envelope;
  readonly consumer: string;
  readonly message: ReceivedMessage;
  readonly state: 'retrying' | 'dead';
  readonly attemptsStarted: number;
  readonly attemptsFinished: number;
  readonly attemptsAllowed: number;
  /** Milliseconds to the next attempt; counts for `retrying`. */
  readonly delay: number;
  /** Null while nothing has gone wrong yet; then no receipt is due either. */
  readonly error: string | null;
  /** Milliseconds since the message came. */
  readonly elapsed: number;
}

/**
 * Writes the inbox row of a message that has none yet.
 * @returns false when there is one: nothing is changed then.
 */
export async function insertUnfinished(
  database: DataSource | EntityManager,
  unfinished: UnfinishedMessage,
): Promise<boolean> {
  const { envelope, message } = unfinished;
  const rows: unknown[] = await database.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, due_at, properties, body, error, received_at,
       receipt_seq)
     values ($1, $2, $3, $4, $5, $6, $7, $8::text, $9, $10, $11,
       case when $8::text = 'retrying' then clock_timestamp() + $12 * interval '1 millisecond' end, $13, $14, $15::text,
       clock_timestamp() - $16 * interval '1 millisecond', case when $15::text is null then 0 else 1 end)
     on conflict do nothing
     returning message_id`,
    [
      envelope.messageId,
      unfinished.consumer,
      envelope.producer,
      envelope.type,
      envelope.version,
      envelope.priority,
      envelope.correlationId,
      unfinished.state,
      unfinished.attemptsStarted,
      unfinished.attemptsFinished,
      unfinished.attemptsAllowed,
      unfinished.delay,
      storableJson(message.properties),
      message.body,
      unfinished.error && storableText(unfinished.error),
      unfinished.elapsed,
    ],
  );
  return rows.length > 0;
}

export interface FailedAttempt extends DeliveryKey {
  readonly attempt: number;
  readonly state: 'retrying' | 'dead';
  /** False gives the attempt back: a deadlock is nobody's failure. */
  readonly counts: boolean;
  readonly delay: number;
  readonly error: string;
}

/**
 * Writes how a started attempt failed, unless the row has moved on: a finished message stays finished.
 * @returns false when it has moved on.
 */
export async function recordFailure(dataSource: DataSource, failed: FailedAttempt): Promise<boolean> {
  const [rows]: [unknown[], number] = await dataSource.query(
    `update inbox_message
     set state = $4::text,
       attempts_started = attempts_started - case when $5 then 0 else 1 end,
       attempts_finished = attempts_started - case when $5 then 0 else 1 end,
       due_at = case when $4::text = 'retrying' then clock_timestamp() + $6 * interval '1 millisecond' end,
       error = $7, receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
     where message_id = $1 and consumer = $2 and state = 'retrying' and attempts_started = $3
     returning message_id`,
    [
      failed.messageId,
      failed.consumer,
      failed.attempt,
      failed.state,
      failed.counts,
      failed.delay,
      storableText(failed.error),
    ],
  );
  return rows.length > 0;
}
