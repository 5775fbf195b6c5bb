import type { DataSource } from 'typeorm';
import type { Receipt } from './receipt';

/** A receipt that is due, and to whom. */
export interface DueReceipt {
  readonly producer: string;
  readonly consumer: string;
  readonly type: string;
  /** The row's `receipt_seq` that it tells of. */
  readonly seq: number;
  readonly receipt: Receipt;
}

interface Row {
  message_id: string;
  consumer: string;
  producer: string;
  type: string;
  state: Receipt['state'];
  attempts_finished: number;
  received_at: Date;
  processed_at: Date | null;
  due_at: Date | null;
  error: string | null;
  receipt_seq: number;
}

/** Claims rows whose latest change the producer has not been told of. After `lease` milliseconds an unmarked one is due again. */
export async function claimReceipts(dataSource: DataSource, limit: number, lease: number): Promise<DueReceipt[]> {
  const [rows]: [Row[], number] = await dataSource.query(
    `with due as (
       select message_id, consumer from inbox_message
       where receipt_sent_seq < receipt_seq and receipt_due_at <= now()
       order by receipt_due_at
       limit $1
       for update skip locked
     )
     update inbox_message m
     set receipt_due_at = clock_timestamp() + $2 * interval '1 millisecond'
     from due
     where m.message_id = due.message_id and m.consumer = due.consumer
     returning m.message_id, m.consumer, m.producer, m.type, m.state, m.attempts_finished, m.received_at, m.processed_at, m.due_at,
       m.error, m.receipt_seq`,
    [limit, lease],
  );
  return rows.map((row) => ({
    producer: row.producer,
    consumer: row.consumer,
    type: row.type,
    seq: row.receipt_seq,
    receipt: {
      messageId: row.message_id,
      state: row.state,
      attempt: row.attempts_finished,
      receivedAt: row.received_at.toISOString(),
      processedAt: row.processed_at?.toISOString() ?? null,
      dueAt: row.due_at?.toISOString() ?? null,
      error: row.error,
    },
  }));
}
