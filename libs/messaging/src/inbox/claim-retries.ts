import type { DataSource } from 'typeorm';
import type { ReceivedMessage } from '../codec';

/** An attempt that is counted, and now to be made. */
export interface ClaimedRetry {
  readonly messageId: string;
  readonly consumer: string;
  readonly type: string;
  readonly attempt: number;
  readonly attemptsAllowed: number;
  readonly message: ReceivedMessage;
}

interface Row {
  message_id: string;
  consumer: string;
  type: string;
  attempts_started: number;
  attempts_allowed: number;
  properties: Record<string, unknown>;
  body: Buffer;
}

/**
 * Claims due messages, highest priority first, and commits each one's start before it runs: a message that kills the process is
 * counted too. Until `lease` milliseconds are over nobody else takes it.
 * @param suspects true: those whose last attempt was started and never finished; false: all others.
 */
export async function claimRetries(
  dataSource: DataSource,
  limit: number,
  lease: number,
  suspects: boolean,
): Promise<ClaimedRetry[]> {
  const [rows]: [Row[], number] = await dataSource.query(
    `with due as (
       select message_id, consumer from inbox_message
       where state = 'retrying' and due_at <= clock_timestamp() and (attempts_started > attempts_finished) = $3
       order by priority desc, due_at
       limit $1
       for update skip locked
     )
     update inbox_message m
     set attempts_started = m.attempts_started + 1, due_at = clock_timestamp() + $2 * interval '1 millisecond'
     from due
     where m.message_id = due.message_id and m.consumer = due.consumer
     returning m.message_id, m.consumer, m.type, m.attempts_started, m.attempts_allowed, m.properties, m.body`,
    [limit, lease, suspects],
  );
  return rows.map((row) => ({
    messageId: row.message_id,
    consumer: row.consumer,
    type: row.type,
    attempt: row.attempts_started,
    attemptsAllowed: row.attempts_allowed,
    message: { properties: row.properties, body: row.body },
  }));
}

/**
 * Turns messages that were started as often as allowed, and never finished, into dead letters: each attempt ended with its process.
 * @returns who they were.
 */
export async function buryUnfinished(
  dataSource: DataSource,
): Promise<{ messageId: string; type: string; attempt: number }[]> {
  const [rows]: [{ message_id: string; type: string; attempts_started: number }[], number] = await dataSource.query(
    `update inbox_message
     set state = 'dead', due_at = null, attempts_finished = attempts_started,
       error = 'attempt ' || attempts_started || ' was started and never ended: the process died, or lost its database',
       receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
     where state = 'retrying' and due_at <= clock_timestamp() and attempts_started > attempts_finished
       and attempts_started >= attempts_allowed
     returning message_id, type, attempts_started`,
  );
  return rows.map((row) => ({ messageId: row.message_id, type: row.type, attempt: row.attempts_started }));
}
