import { priorityLevel } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';

/** Orders a transaction. */
const batchSize = 2_500;

const sku = 'mug';

/**
 * As if so many customers had placed an order while the broker was away, and then cancelled it: all rows that the order service would have
 * written, two messages an order, each for payment and warehouse. A cancel goes first, by its priority, so a consumer that meets the
 * order later knows already that there is nothing to do: it is as cheap as a message gets whose effect is a row of its own.
 * @returns how many messages that are
 */
export async function recordCancelledOrders(system: System, orders: number): Promise<number> {
  for (let done = 0; done < orders; done += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, orders - done) }, (_, index) => ({
      orderId: uuidv7(),
      placedId: uuidv7(),
      cancelledId: uuidv7(),
      customerId: `backlog-${done + index}`,
    }));
    await system.sql('order', statement, [
      batch.map(({ orderId }) => orderId),
      batch.map(({ placedId }) => placedId),
      batch.map(({ cancelledId }) => cancelledId),
      batch.map(({ customerId }) => customerId),
      sku,
      priorityLevel('bulk'),
      priorityLevel('high'),
    ]);
  }
  return 2 * orders;
}

const statement = `
  with asked as (
    select a.*, p.unit_price, p.sku
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as a (order_id, placed_id, cancelled_id, customer_id)
    join product p on p.sku = $5
  ), orders as (
    insert into "order" (id, customer_id, status, priority, total, currency, cancel_reason, cancelled_at)
    select order_id, customer_id, 'cancelled', 'bulk', unit_price, 'EUR', 'customer', clock_timestamp() from asked
  ), lines as (
    insert into order_line (order_id, sku, position, quantity, unit_price) select order_id, sku, 0, 1, unit_price from asked
  )
  insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
  select placed_id, 'order', 'order.placed', 1, order_id::text, $6::int, json_build_object(
    'orderId', order_id, 'customerId', customer_id, 'total', unit_price, 'currency', 'EUR',
    'lines', json_build_array(json_build_object('sku', sku, 'quantity', 1, 'unitPrice', unit_price)),
    'payment', json_build_object('token', 'tok_approved')), order_id::text, '{payment,warehouse}'::text[] from asked
  union all
  select cancelled_id, 'order', 'order.cancelled', 1, order_id::text, $7::int,
    json_build_object('orderId', order_id, 'reason', 'customer'), order_id::text, '{payment,warehouse}'::text[] from asked`;
