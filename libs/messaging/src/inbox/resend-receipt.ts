import type { DataSource } from 'typeorm';
import type { DeliveryKey } from './claim-delivery';

/** A duplicate came: perhaps our receipt was lost, so it is due again. */
export async function resendReceipt(dataSource: DataSource, key: DeliveryKey): Promise<void> {
  await dataSource.query(
    `update inbox_message set receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
     where message_id = $1 and consumer = $2`,
    [key.messageId, key.consumer],
  );
}
