import { randomUUID } from 'node:crypto';
import { type System, startSystem } from '@waybill/testing';
import { findBreaches, invariants, openLedger } from './ledger';

const order = randomUUID();
const message = randomUUID();

let system: System;
beforeAll(async () => {
  system = await startSystem({
    services: [],
    prepare: async (system) => {
      await openLedger(system);
      await system.sql('warehouse', 'create table chaos.stock_before as select * from stock');
      await system.sql(
        'payment',
        'create table chaos.gateway_entry (key text, operation text, order_id uuid, outcome text, amount bigint)',
      );
    },
  });
});
afterAll(() => system?.end());

/** What the suite would find of a change, which is taken back. */
async function breachesOf(change: string): Promise<string[]> {
  await system.sql('order', 'begin');
  try {
    await system.sql('order', change);
    const answered = [{ key: 'customer-1', id: order }];
    const breaches = await findBreaches(system, { answered, expected: { dead: 0, unreadable: 0, parked: 0 } });
    return breaches.map(({ invariant, harm, detail }) => `${invariant} ${harm}: ${detail}`);
  } finally {
    await system.sql('order', 'rollback');
  }
}

const ended = {
  status: "'completed'",
  columns: ', payment, stock, capture, confirmed_at, dispatched_at, completed_at',
  values: ", 'authorized', 'reserved', 'captured', now(), now(), now()",
};

const orderRow = (id = order, customer = 'customer-1', { status, columns, values } = ended) => `
  insert into order_service."order" (id, customer_id, status, priority, total, currency${columns})
  values ('${id}', '${customer}', ${status}, 'normal', 2500, 'EUR'${values});`;
const placedRow = orderRow(order, 'customer-1', { status: "'placed'", columns: '', values: '' });

const outboxRow = (state = 'confirmed', id = message, consumers = '{payment}') => `
  insert into order_service.outbox_message
    (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers, state, confirmed_at, last_outcome, last_error)
  values ('${id}', 'order', 'order.placed', 1, '${order}', 2, '{}', '${order}', '${consumers}', '${state}',
    ${state === 'confirmed' ? "now(), 'confirmed'" : 'null, null'}, ${state === 'parked' ? "'too large'" : 'null'});`;

const inboxRow = (state = 'processed', owed = 0) => `
  insert into payment_service.inbox_message
    (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_allowed, received_at, processed_at, due_at,
     body, properties, receipt_seq, receipt_sent_seq, error)
  values ('${message}', 'payment', 'order', 'order.placed', 1, 2, '${order}', '${state}', 8, now(),
    ${state === 'processed' ? 'now()' : 'null'}, ${state === 'retrying' ? 'now()' : 'null'}, '', '{}', 1, ${1 - owed}, 'why');`;

const receiptRow = (state = 'processed') => `
  insert into order_service.message_receipt (message_id, consumer, state, attempt, received_at, processed_at)
  values ('${message}', 'payment', '${state}', 1, now(), ${state === 'processed' ? 'now()' : 'null'});`;

const entry = (operation: string, amount = 2500, key = operation) =>
  `insert into chaos.gateway_entry values ('${key}', '${operation}', '${order}', 'approved', ${amount});`;

const reservation = (state = 'dispatched', gone = 2) => `
  insert into warehouse_service.reservation (order_id, state, decided_at, dispatched_at)
  values ('${order}', '${state}', now(), ${state === 'dispatched' ? 'now()' : 'null'});
  insert into warehouse_service.reservation_line values ('${order}', 'mug', 2);
  update warehouse_service.stock set on_hand = on_hand - ${gone} where sku = 'mug';`;

const signed = outboxRow() + inboxRow() + receiptRow();
const paid = entry('authorize') + entry('capture');
const fulfilled = orderRow() + signed + paid + reservation();

test('an order whose every part is there breaks nothing', async () => {
  expect(await breachesOf(fulfilled)).toEqual([]);
});

const again = randomUUID();

/** What is wrong, and how the suite says so. */
const harms: readonly (readonly [found: RegExp, change: string])[] = [
  [/^I1 lost: order .* is not there/, ''],
  [/^I1 doubled: customer-1 has 2 orders/, fulfilled + orderRow(again)],
  [/^I1 lost: order .* has no message/, orderRow()],
  [/^I2 stuck: order.placed .* is pending/, outboxRow('pending')],
  [
    /^I2 stuck: order.placed .* is parked/,
    `alter table order_service.outbox_message drop constraint parked_has_a_reason;${outboxRow('parked')} update order_service.outbox_message set last_error = null;`,
  ],
  [/^I2 lost: .* was deleted/, `${fulfilled} delete from order_service.outbox_message;`],
  [
    /^I3 lost: order.placed .* never came to warehouse/,
    outboxRow('confirmed', message, '{payment,warehouse}') + inboxRow(),
  ],
  [/^I3 stuck: order.placed .* is retrying at payment: why/, outboxRow() + inboxRow('retrying')],
  [
    /^I3 doubled: .* was processed 2 times/,
    `${outboxRow()}${inboxRow('retrying')}
     update payment_service.inbox_message set state = 'processed', processed_at = now(), due_at = null;
     update payment_service.inbox_message set state = 'retrying', processed_at = null, due_at = now();
     update payment_service.inbox_message set state = 'processed', processed_at = now(), due_at = null;`,
  ],
  [/^I3 doubled: .* has 2 times order.placed/, outboxRow() + outboxRow('confirmed', again)],
  [/^I4 doubled: order .* was captured 2 times/, fulfilled + entry('capture', 2500, 'another')],
  [/^I4 illegal: order .* of 2500: capture of 2400/, orderRow() + signed + entry('authorize') + entry('capture', 2400)],
  [/^I4 lost: order .* is completed, captured 0, held 2500/, orderRow() + signed + entry('authorize')],
  [/^I4 lost: capture 2500 of .* is for no order/, entry('capture')],
  [/^I5 lost: mug:/, `${fulfilled}update warehouse_service.stock set on_hand = on_hand + 1 where sku = 'mug';`],
  [/^I5 lost: mug:/, `${fulfilled}update warehouse_service.stock set reserved = 1 where sku = 'mug';`],
  [/^I5 illegal: order .* is completed, its goods are unknown/, orderRow()],
  [/^I5 illegal: order .* is placed, its goods are dispatched/, placedRow + reservation()],
  [/^I6 stuck: order .* is placed since/, placedRow],
  [
    /^I7 illegal: the receipt of .* says processed by payment, which has it as dead/,
    outboxRow() + inboxRow('dead') + receiptRow(),
  ],
  [/^I7 illegal: the receipt of .* says processed by payment, which has it as $/, outboxRow() + receiptRow()],
  [/^I7 stuck: order knows of .* at payment: nothing, which is processed/, outboxRow() + inboxRow()],
  [
    /^I7 illegal: .* went from confirmed/,
    `${fulfilled} update order_service.outbox_message set state = 'pending', confirmed_at = null, last_outcome = null;`,
  ],
  [
    /^I7 illegal: .* went from retrying \(attempt 3\) to retrying \(attempt 1\)/,
    `${outboxRow()}${inboxRow('retrying')} update payment_service.inbox_message set attempts_started = 3; update payment_service.inbox_message set attempts_started = 1;`,
  ],
  [
    /^I7 illegal: order.placed .* of order is still leased/,
    `${fulfilled} update order_service.outbox_message set lease_until = now();`,
  ],
  [/^I7 illegal: payment owes a receipt/, outboxRow() + inboxRow('processed', 1)],
  [
    /^I8 illegal: order .* went from confirmed to cancelled/,
    `insert into chaos.transition (relation, id, was, became) values ('order_service.order', '1', 'confirmed', 'cancelled');`,
  ],
  [/^I9 illegal: dead letters are 1 instead of 0/, outboxRow() + inboxRow('dead') + receiptRow('dead')],
  [
    /^I9 illegal: unreadable messages are 1 instead of 0/,
    `insert into payment_service.dead_letter (id, queue, reason, properties, body) values ('${message}', 'q', 'r', '{}', '');`,
  ],
  [/^I9 illegal: parked messages are 1 instead of 0/, outboxRow('parked')],
];

test.each(harms)('%s', async (found, change) => {
  expect(await breachesOf(change)).toContainEqual(expect.stringMatching(found));
});

test('each invariant is broken here at least once', () => {
  const headings = new Set(invariants().map(({ name, harm }) => `${name} ${harm}`));
  const broken = new Set(harms.map(([found]) => /^\^(I\d+ \w+)/.exec(found.source)?.[1]));

  expect(invariants().length).toBeGreaterThan(20);
  expect([...broken].sort()).toEqual([...headings].sort());
});
