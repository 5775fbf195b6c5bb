import type { DataSource } from 'typeorm';
import type { DueReceipt } from './claim-receipts';

const unchanged = `
  select m.message_id, m.consumer from inbox_message m
  join unnest($1::uuid[], $2::text[], $3::int[]) as told (message_id, consumer, seq) using (message_id, consumer)
  where m.receipt_seq = told.seq
  for update of m skip locked`;

/**
 * Marks receipts as sent, only where the row is still as it was told: a change since then is due on its own. A row that an attempt holds is
 * about to change, so nobody waits for it.
 */
export async function markReceipts(dataSource: DataSource, sent: readonly DueReceipt[]): Promise<void> {
  await dataSource.query(
    `with unchanged as (${unchanged})
     update inbox_message m set receipt_sent_seq = m.receipt_seq
     from unchanged where m.message_id = unchanged.message_id and m.consumer = unchanged.consumer`,
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
    `with unchanged as (${unchanged})
     update inbox_message m set receipt_due_at = clock_timestamp() + $4 * interval '1 millisecond'
     from unchanged where m.message_id = unchanged.message_id and m.consumer = unchanged.consumer`,
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
