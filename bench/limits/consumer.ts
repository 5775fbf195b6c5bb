import { randomUUID } from 'node:crypto';
import { type ConsumeMessage, connect } from 'amqplib';
import { Pool, type PoolClient } from 'pg';
import { tell } from '../program';

export interface ConsumerSettings {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly brokerUrl: string;
  readonly queue: string;
  readonly prefetch: number;
  readonly poolSize: number;
}

/** What consuming costs at least: a transaction a message with its inbox row, its effect and its next event, then the ack. */
export async function main(settings: ConsumerSettings): Promise<void> {
  const { databaseUrl, schema, brokerUrl, queue, prefetch, poolSize } = settings;
  const pool = new Pool({ connectionString: databaseUrl, options: `-c search_path=${schema}`, max: poolSize });
  const connection = await connect(brokerUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.prefetch(prefetch);
  await channel.consume(queue, async (message) => {
    if (message === null) throw new Error('The queue is gone');
    const client = await pool.connect();
    await inTransaction(client, () => consume(client, message));
    client.release();
    channel.ack(message);
  });
  tell({});
}

async function inTransaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  await work();
  await client.query('commit');
}

async function consume(client: PoolClient, { properties, content }: ConsumeMessage): Promise<void> {
  const { messageId, type, priority, correlationId } = properties;
  const { orderId } = JSON.parse(content.toString('utf8')) as { orderId: string };
  const { rowCount } = await client.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at)
     values ($1, 'warehouse', 'order', $2, 1, $3, $4, 'processed', 1, 1, 8, clock_timestamp(), clock_timestamp())
     on conflict do nothing`,
    [messageId, type, priority, correlationId],
  );
  if (rowCount === 0) return;
  await client.query('insert into effect (order_id, note) values ($1, $2)', [orderId, 'noted']);
  await client.query(
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, causation_id, consumers)
     values ($1, 'warehouse', 'stock.reserved', 1, $2, $3, $4, $5, $6, '{order}')`,
    [randomUUID(), orderId, priority, JSON.stringify({ orderId }), correlationId, messageId],
  );
}
