import { connect } from 'amqplib';
import { Client } from 'pg';
import type { RelaySettings } from './relay-loop';

interface Row {
  message_id: string;
  producer: string;
  received_at: Date;
  processed_at: Date;
}

/** What receipts cost at least: claim 500 rows, one message for all of them, await its confirm, one update. Runs until it is ended. */
export async function sendReceipts({ databaseUrl, schema, brokerUrl }: RelaySettings): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  const connection = await connect(brokerUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  for (;;) {
    const { rows } = await client.query<Row>(
      `select message_id, producer, received_at, processed_at from inbox_message
       where receipt_sent_seq < receipt_seq order by receipt_due_at limit 500`,
    );
    if (rows.length === 0) {
      await new Promise((wake) => setTimeout(wake, 20));
      continue;
    }
    const receipts = rows.map(({ message_id, received_at, processed_at }) => ({
      messageId: message_id,
      state: 'processed',
      attempt: 1,
      receivedAt: received_at.toISOString(),
      processedAt: processed_at.toISOString(),
    }));
    channel.publish('waybill.direct', 'order.receipts', Buffer.from(JSON.stringify({ receipts })), {
      persistent: true,
      mandatory: true,
    });
    await channel.waitForConfirms();
    await client.query('update inbox_message set receipt_sent_seq = receipt_seq where message_id = any ($1::uuid[])', [
      rows.map(({ message_id }) => message_id),
    ]);
  }
}
