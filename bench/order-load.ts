import type { SentMessage, System } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { createUuidV7 } from './uuid-v7';

/** One of those where the events of an order go. */
export const placedQueue = 'payment.order-placed';
const placedQueues = [placedQueue, 'warehouse.order-placed'];
/** Where the order service's receipts for what payment sends go. */
const receiptsQueue = 'payment.receipts';

const answerType = 'payment.authorized';
export const answerQueue = 'order.payment-authorized';

/** Messages a publish at a time. */
const chunk = 5_000;

/** Prepares the order service's database for {@link placeOrders}. */
export async function prepareOrders(system: System): Promise<void> {
  await system.sql('order', createUuidV7);
}

/** Places orders, with their events pending in the outbox, in one transaction. They have no lines, which the shop would not allow. */
export async function placeOrders(system: System, count: number): Promise<void> {
  await system.sql(
    'order',
    `with numbered as materialized (
       select k, bench.uuid_v7(clock_timestamp(), gen_random_uuid()::text) as order_id,
         bench.uuid_v7(clock_timestamp(), gen_random_uuid()::text) as message_id
       from generate_series(1, $1::int) as k
     ), placed as (
       insert into "order" (id, customer_id, status, priority, total, currency)
       select order_id, 'customer-' || k % 5000, 'placed', 'normal', 2620, 'EUR' from numbered
     )
     insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     select message_id, 'order', 'order.placed', 1, order_id, 2,
       format('{"orderId":"%s","customerId":"customer-%s","lines":[{"sku":"mug","quantity":2,"unitPrice":1250},'
         '{"sku":"pencil","quantity":1,"unitPrice":120}],"total":2620,"currency":"EUR","payment":{"token":"tok_approved"}}', order_id, k % 5000)::json,
       order_id, '{payment,warehouse}'
     from numbered`,
    [count],
  );
}

/** Signs for every message that the broker has, as its consumers' receipts would. */
export async function signForAll(system: System): Promise<void> {
  await system.sql(
    'order',
    `with signed as (
       update outbox_message set finished_at = clock_timestamp() where state = 'confirmed' and finished_at is null
       returning id, consumers
     )
     insert into message_receipt (message_id, consumer, state, attempt, received_at, processed_at)
     select id, consumer, 'processed', 1, clock_timestamp(), clock_timestamp()
     from signed cross join lateral unnest(consumers) as named (consumer)`,
  );
}

/** Puts payment's answers to as many placed orders, the newest, into the order service's queue. */
export async function answerOrders(system: System, count: number): Promise<void> {
  const orders = await system.sql<{ id: string }>(
    'order',
    `select id from "order" where status = 'placed' and payment is null order by id desc limit $1`,
    [count],
  );
  if (orders.length < count) throw new Error(`Only ${orders.length} orders are not answered yet`);
  for (let first = 0; first < count; first += chunk)
    await system.publishAll('payment', orders.slice(first, first + chunk).map(answerTo));
}

/** Empties the queues that nobody reads here. */
export async function purgeQueues(system: System): Promise<void> {
  const channel = await system.vhost.channel();
  for (const queue of [...placedQueues, receiptsQueue, answerQueue]) await channel.purgeQueue(system.queue(queue));
  await channel.close();
}

function answerTo({ id: orderId }: { readonly id: string }): SentMessage {
  return {
    exchange: 'waybill.events',
    routingKey: answerType,
    body: Buffer.from(JSON.stringify({ orderId, amount: 2620, currency: 'EUR' })),
    properties: {
      persistent: true,
      contentType: 'application/json',
      userId: 'payment',
      appId: 'payment',
      messageId: uuidv7(),
      type: answerType,
      priority: 2,
      correlationId: orderId,
      headers: { version: 1, 'aggregate-id': orderId },
    },
  };
}
