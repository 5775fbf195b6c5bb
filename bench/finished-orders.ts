import type { System } from '@waybill/testing';
import { Client } from 'pg';
import { fillBare } from './bare-tables';
import type { Lab } from './lab';

/** Messages of an order whose way is over, in the order service's ledger: order.placed and order.confirmed went out, four answers came in. */
export const messagesAnOrder = 6;

const searchPath = '-c search_path=order_service -c maintenance_work_mem=256MB';

/** When an order was placed follows from its number, and its id from that: so the tables can be filled side by side. */
const createPlacedAt = `
  create function bench.placed_at(k bigint, orders bigint, until timestamptz) returns timestamptz language sql stable
    return until - interval '29 days' + k * (interval '28 days 23 hours' / orders)`;

/** Each order, with its id. The subqueries' offsets keep what is expensive from being computed twice. */
const orders = `
  generate_series(1, $1::bigint) as k
  cross join lateral (select bench.placed_at(k, $1, $2) as placed_at offset 0) as number
  cross join lateral (select bench.uuid_v7(placed_at, 'order' || k) as order_id offset 0) as named`;

/** What an order's service sent of it. */
const sent = `
  ${orders}
  cross join (values ('order.placed', interval '0'), ('order.confirmed', interval '150 ms')) as event (type, after)
  cross join lateral (
    select placed_at + after as recorded_at, bench.uuid_v7(placed_at + after, type || k) as message_id offset 0
  ) as message`;

interface Part {
  readonly tables: readonly string[];
  /** Of $1 orders, the last one before $2. */
  readonly sql: readonly string[];
}

const outbox: Part = {
  tables: ['outbox_message'],
  sql: [
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers, state,
       attempts, recorded_at, due_at, sent_at, confirmed_at, last_outcome, overdue_at, finished_at)
     select message_id, 'order', type, 1, order_id, 2,
       case type when 'order.placed' then
         format('{"orderId":"%s","customerId":"customer-%s","lines":[{"sku":"mug","quantity":2,"unitPrice":1250},'
           '{"sku":"pencil","quantity":1,"unitPrice":120}],"total":2620,"currency":"EUR","payment":{"token":"tok_approved"}}', order_id, k % 5000)
       else format('{"orderId":"%s","customerId":"customer-%s","total":2620,"currency":"EUR"}', order_id, k % 5000) end::json,
       order_id, '{payment,warehouse}', 'confirmed', 1, recorded_at, recorded_at + interval '15 ms', recorded_at + interval '5 ms',
       recorded_at + interval '15 ms', 'confirmed', recorded_at + interval '30 s', recorded_at + interval '200 ms'
     from ${sent}`,
  ],
};

const receipts: Part = {
  tables: ['message_receipt'],
  sql: [
    `insert into message_receipt (message_id, consumer, state, attempt, received_at, processed_at, receipt_at)
     select message_id, consumer, 'processed', 1, recorded_at + interval '20 ms', recorded_at + interval '40 ms', recorded_at + interval '200 ms'
     from ${sent} cross join (values ('payment'), ('warehouse')) as named_consumer (consumer)`,
  ],
};

const inbox: Part = {
  tables: ['inbox_message'],
  sql: [
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_started,
       attempts_finished, attempts_allowed, received_at, processed_at, receipt_seq, receipt_sent_seq, receipt_due_at)
     select bench.uuid_v7(placed_at + after, type || k), 'order', producer, type, 1, 2, order_id, 'processed', 1, 1, 8,
       placed_at + after + interval '20 ms', placed_at + after + interval '30 ms', 1, 1, placed_at + after + interval '30 s'
     from ${orders}
     cross join (values ('payment', 'payment.authorized', interval '60 ms'), ('warehouse', 'stock.reserved', interval '80 ms'),
       ('payment', 'payment.captured', interval '250 ms'), ('warehouse', 'shipment.dispatched', interval '270 ms')) as event (producer, type, after)`,
  ],
};

const placed: Part = {
  tables: ['"order"', 'order_line'],
  sql: [
    `insert into "order" (id, customer_id, status, priority, total, currency, payment, stock, capture, placed_at, confirmed_at,
       dispatched_at, completed_at, awaited_from_ms)
     select order_id, 'customer-' || k % 5000, 'completed', 'normal', 2620, 'EUR', 'authorized', 'reserved', 'captured', placed_at,
       placed_at + interval '150 ms', placed_at + interval '300 ms', placed_at + interval '310 ms', k
     from ${orders}`,
    `insert into order_line (order_id, sku, position, quantity, unit_price)
     select order_id, sku, position, quantity, unit_price
     from ${orders} cross join (values ('mug', 0, 2, 1250), ('pencil', 1, 1, 120)) as line (sku, position, quantity, unit_price)`,
  ],
};

/** As large as each other, because there are two cores. */
const lanes = [
  [outbox, placed],
  [inbox, receipts],
];

/**
 * Puts completed orders, with every message that the order service sent and received for them, into its tables, as they are a month after they
 * came one by one: spread over the last 29 days, which retention leaves alone, with ids in the order of time. When it resolves all is as
 * shipped: the indexes and keys are there, statistics are made, and everything is on the disk. After `prepareOrders`.
 */
export async function fillWithFinishedOrders(lab: Lab, system: System, count: number): Promise<void> {
  const url = new URL(lab.postgres.url);
  url.pathname = `/${system.database}`;
  const [first, second] = [url, url].map(({ href }) => new Client({ connectionString: href, options: searchPath }));
  if (!first || !second) throw new Error('There are two lanes');
  await first.connect();
  await second.connect();
  await first.query(createPlacedAt);
  const now = new Date();
  await Promise.all(
    [first, second].map(async (client, lane) => {
      for (const { tables, sql } of lanes[lane] ?? []) {
        const began = performance.now();
        await fillBare(client, tables, async () => {
          for (const statement of sql) await client.query(statement, [count, now]);
        });
        lab.say(`${tables.join(', ')} filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
      }
    }),
  );
  await first.query('vacuum analyze');
  await first.query('checkpoint');
  await Promise.all([first.end(), second.end()]);
}
