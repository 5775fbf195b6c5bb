import type { DataSource } from 'typeorm';
import type { DueReceipt } from './claim-receipts';

/** Marks receipts as sent, only where the row is still as it was told: a change since then is due on its own. */
export async function markReceipts(dataSource: DataSource, sent: readonly DueReceipt[]): Promise<void> {
  await dataSource.query(
    `update inbox_message m set receipt_sent_seq = m.receipt_seq
     from unnest($1::uuid[], $2::text[], $3::int[]) as sent (message_id, consumer, seq)
     where m.message_id = sent.message_id and m.consumer = sent.consumer and m.receipt_seq = sent.seq`,
    columns(sent),
  );
}

/** Makes receipts due again after `delay` milliseconds: the broker did not confirm them. */
export async function postponeReceipts(
  dataSource: DataSource,
  unsent: readonly DueReceipt[],
  delay: number,
): Promise<void> {
  await dataSource.query(
    `update inbox_message m set receipt_due_at = clock_timestamp() + $4 * interval '1 millisecond'
     from unnest($1::uuid[], $2::text[], $3::int[]) as unsent (message_id, consumer, seq)
     where m.message_id = unsent.message_id and m.consumer = unsent.consumer and m.receipt_seq = unsent.seq`,
    [...columns(unsent), delay],
  );
}

function columns(receipts: readonly DueReceipt[]): [string[], string[], number[]] {
  return [
    receipts.map(({ receipt }) => receipt.messageId),
    receipts.map(({ consumer }) => consumer),
    receipts.map(({ seq }) => seq),
  ];
}
