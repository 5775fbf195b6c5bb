import { randomUUID } from 'node:crypto';
import { type Channel, type ConsumeMessage, connect } from 'amqplib';
import { Client } from 'pg';
import { tell } from '../program';
import type { ConsumerSettings } from './consumer';
import { sendReceipts } from './receipts-loop';
import { relay } from './relay-loop';

const size = 50;

/**
 * What consuming in batches costs at least: what has come while the batch before was under way, up to fifty messages in a transaction, each of
 * its statements for all of them, and one ack. Their next events and receipts are sent in the same process.
 */
export async function main(settings: ConsumerSettings & { exchange: string }): Promise<void> {
  const forever = [relay(settings, 20), sendReceipts(settings)];
  const { databaseUrl, schema, brokerUrl, queue } = settings;
  const client = new Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  const connection = await connect(brokerUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.prefetch(2 * size);
  const waiting: ConsumeMessage[] = [];
  let isWorking = false;
  const work = async () => {
    isWorking = true;
    while (waiting.length > 0) await consume(client, channel, waiting.splice(0, size));
    isWorking = false;
  };
  await channel.consume(queue, (message) => {
    if (message === null) throw new Error('The queue is gone');
    waiting.push(message);
    if (!isWorking) setImmediate(() => isWorking || work());
  });
  tell({});
  await Promise.all(forever);
}

async function consume(client: Client, channel: Channel, messages: readonly ConsumeMessage[]): Promise<void> {
  const orders = messages.map(({ content }) => (JSON.parse(content.toString('utf8')) as { orderId: string }).orderId);
  const ids = messages.map(({ properties }) => properties.messageId);
  const priorities = messages.map(({ properties }) => properties.priority);
  const correlations = messages.map(({ properties }) => properties.correlationId);
  await client.query('begin');
  await client.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at)
     select id, 'warehouse', 'order', 'order.placed', 1, priority, correlation, 'processed', 1, 1, 8, clock_timestamp(), clock_timestamp()
     from unnest($1::uuid[], $2::int[], $3::text[]) as message (id, priority, correlation)
     on conflict do nothing`,
    [ids, priorities, correlations],
  );
  await client.query(`insert into effect (order_id, note) select id, 'noted' from unnest($1::uuid[]) as id`, [orders]);
  await client.query(
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, causation_id, consumers)
     select id, 'warehouse', 'stock.reserved', 1, order_id, priority, payload, correlation, causation, '{order}'
     from unnest($1::uuid[], $2::text[], $3::int[], $4::json[], $5::text[], $6::uuid[])
       as message (id, order_id, priority, payload, correlation, causation)`,
    [
      orders.map(() => randomUUID()),
      orders,
      priorities,
      orders.map((orderId) => JSON.stringify({ orderId })),
      correlations,
      ids,
    ],
  );
  await client.query('commit');
  const last = messages.at(-1);
  if (last) channel.ack(last, true);
}
