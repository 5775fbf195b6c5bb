import type { System } from '@waybill/testing';
import { createUuidV7 } from './uuid-v7';

/** Places bulk orders as POST /orders would, with their events pending in the outbox, in one transaction. */
export async function placeBulk(system: System, count: number): Promise<void> {
  await system.sql('order', createUuidV7);
  await system.sql(
    'order',
    `with numbered as materialized (
       select k, bench.uuid_v7(clock_timestamp(), 'order' || k) as order_id, bench.uuid_v7(clock_timestamp(), 'message' || k) as message_id
       from generate_series(1, $1::int) as k
     ), line as materialized (
       select order_id, position, sku, quantity, unit_price
       from numbered
       cross join (values (0, 2), (1, 1)) as requested (position, quantity)
       join (select *, row_number() over (order by sku) - 1 as number, count(*) over () as all from product) as good
         on number = (2 * k + position) % good.all
     ), total as materialized (
       select order_id, sum(quantity * unit_price)::bigint as total,
         json_agg(json_build_object('sku', sku, 'quantity', quantity, 'unitPrice', unit_price) order by position) as lines
       from line group by order_id
     ), placed as (
       insert into "order" (id, customer_id, status, priority, total, currency)
       select order_id, 'customer-' || k % 100, 'placed', 'bulk', total, 'EUR' from numbered join total using (order_id)
     ), with_lines as (
       insert into order_line (order_id, sku, position, quantity, unit_price)
       select order_id, sku, position, quantity, unit_price from line
     )
     insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     select message_id, 'order', 'order.placed', 1, order_id, 0,
       json_build_object('orderId', order_id, 'customerId', 'customer-' || k % 100, 'lines', lines, 'total', total, 'currency', 'EUR',
         'payment', json_build_object('token', 'tok_approved')),
       order_id, '{payment,warehouse}'
     from numbered join total using (order_id)`,
    [count],
  );
}
