import type { DataSource } from 'typeorm';
import type { DeliveryKey } from './claim-delivery';

/**
 * A duplicate came: perhaps our receipt was lost, so it is due again. While an attempt holds the row nothing is to be done: the attempt
 * ends with a receipt of its own.
 */
export async function resendReceipt(dataSource: DataSource, key: DeliveryKey): Promise<void> {
  await dataSource.query(
    `with free as (
       select message_id, consumer from inbox_message where message_id = $1 and consumer = $2 for update skip locked
     )
     update inbox_message m set receipt_seq = m.receipt_seq + 1, receipt_due_at = clock_timestamp()
     from free where m.message_id = free.message_id and m.consumer = free.consumer`,
    [key.messageId, key.consumer],
  );
}
