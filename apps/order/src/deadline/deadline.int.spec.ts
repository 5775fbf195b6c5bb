import { OrderCancelled, OrderPlaced } from '@waybill/contracts';
import { type Backlog, Transactions } from '@waybill/messaging';
import { createHarness, type Harness } from '@waybill/testing';
import { v7 as uuid } from 'uuid';
import { database } from '../database';
import type { OrderEnvironment } from '../environment';
import { Order } from '../persistence/order.entity';
import { Deadline } from './deadline';

let harness: Harness;
let deadline: Deadline;
/** What waits in the answer queues; undefined: the broker is away. What a real broker says of it is a spec of Backlog. */
let waiting: number | undefined;

beforeAll(async () => {
  harness = await createHarness({ service: 'order', database });
});
beforeEach(async () => {
  await harness.dataSource.query('delete from "order"; delete from outbox_message; delete from inbox_message');
  waiting = 0;
  deadline = newProcess();
  await deadline.runOnce();
});
afterAll(() => harness.close());

const minute = 60_000;

function newProcess(): Deadline {
  const backlog = { waiting: async () => waiting } as unknown as Backlog;
  const environment = { DEADLINE: 5 * minute } as OrderEnvironment;
  const { app, dataSource } = harness;
  return new Deadline(dataSource, app.get(Transactions), backlog, environment);
}

async function placed(): Promise<string> {
  const id = uuid();
  const details = { customerId: 'c', total: 1250, currency: 'EUR' };
  const lines = [{ sku: 'mug', quantity: 1, unitPrice: 1250 }];
  await harness.app.get(Transactions).run(async (tx) => {
    await tx.manager.insert(Order, { id, status: 'placed', priority: 'high', ...details });
    tx.record(OrderPlaced, { orderId: id, lines, payment: { token: 'tok_approved' }, ...details });
  });
  return id;
}

const query = (statement: string, ...values: unknown[]) => harness.dataSource.query(statement, values);

async function confirmedByBroker(id: string): Promise<void> {
  await query(
    `update outbox_message set state = 'confirmed', last_outcome = 'confirmed', confirmed_at = clock_timestamp() where correlation_id = $1`,
    id,
  );
}

/** An order that is awaited: the clock runs for it. */
async function awaited(): Promise<string> {
  const id = await placed();
  await confirmedByBroker(id);
  await deadline.runOnce();
  return id;
}

/** Lets so much time pass, tick by tick. Resolves with the orders that were cancelled. */
async function pass(milliseconds: number): Promise<string[]> {
  const cancelled: string[] = [];
  for (let left = milliseconds; left > 0; left -= 5_000) {
    const step = Math.min(left, 5_000);
    await query(`update deadline_clock set ticked_at = clock_timestamp() - $1 * interval '1 millisecond'`, step);
    cancelled.push(...(await deadline.runOnce()));
  }
  return cancelled;
}

const statusOf = async (id: string) => (await harness.dataSource.manager.findOneByOrFail(Order, { id })).status;

describe('an order that is not answered', () => {
  test('is cancelled when its time is up, and not before; payment and warehouse are told, as urgently as of the order', async () => {
    const id = await awaited();

    expect(await pass(4.9 * minute)).toEqual([]);
    expect(await pass(0.2 * minute)).toEqual([id]);

    expect(await harness.dataSource.manager.findOneByOrFail(Order, { id })).toMatchObject({
      status: 'cancelled',
      cancelReason: 'deadline',
    });
    const told = await query('select payload, priority from outbox_message where type = $1', OrderCancelled.type);
    expect(told).toEqual([{ payload: { orderId: id, reason: 'deadline' }, priority: 3 }]);
    expect(await pass(10 * minute)).toEqual([]);
  });

  test('has all its time from when the broker confirmed order.placed', async () => {
    const id = await placed();
    await pass(60 * minute);
    await confirmedByBroker(id);

    expect(await pass(4.9 * minute)).toEqual([]);
    expect(await pass(0.3 * minute)).toEqual([id]);
  });

  test('is one of many: each goes when its own time is up', async () => {
    const first = await Promise.all(Array.from({ length: 130 }, placed));
    for (const id of first) await confirmedByBroker(id);
    await deadline.runOnce();
    await pass(2 * minute);
    const later = await awaited();

    expect((await pass(3.1 * minute)).sort()).toEqual(first.sort());
    expect(await pass(2 * minute)).toEqual([later]);
  });
});

test('after an outage, the times of thousands of orders begin look by look, and each order is found', async () => {
  const at = Date.now();
  const ids = Array.from({ length: 2_500 }, (_, index) => uuid({ msecs: at - 5_000 + index }));
  await query(
    `insert into "order" (id, customer_id, status, priority, total, currency)
     select id, 'c', 'placed', 'normal', 1, 'EUR' from unnest($1::uuid[]) as o (id)`,
    ids,
  );
  await query(
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     select gen_random_uuid(), 'order', 'order.placed', 1, id, 2, '{}', id, '{payment}' from unnest($1::text[]) as o (id)`,
    ids,
  );
  const begun = async () =>
    (await query('select count(*)::int as count from "order" where awaited_from_ms is not null'))[0].count;
  const last = ids.slice(-500);
  for (const id of last) await confirmedByBroker(id);

  for (let look = 1; look <= 2; look++) await deadline.runOnce();
  expect(await begun()).toBe(0);
  await deadline.runOnce();
  expect(await begun()).toBe(500);

  await query(
    `update outbox_message set state = 'confirmed', last_outcome = 'confirmed', confirmed_at = clock_timestamp() where state = 'pending'`,
  );
  for (let look = 1; look <= 3; look++) await deadline.runOnce();
  expect(await begun()).toBe(2_500);
});

describe('the clock stands still', () => {
  test.each([
    ['while the broker is away', undefined],
    ['while answers wait in the queues', 3],
  ])('%s', async (_when, hindrance) => {
    const id = await awaited();
    await pass(3 * minute);
    waiting = hindrance;
    expect(await pass(60 * minute)).toEqual([]);
    waiting = 0;

    expect(await pass(1.8 * minute)).toEqual([]);
    expect(await pass(0.4 * minute)).toEqual([id]);
  });

  test('for the time between, when it ran at one end of it only', async () => {
    await awaited();
    await pass(4.95 * minute);
    waiting = undefined;
    await deadline.runOnce();
    waiting = 0;

    expect(await pass(5_000)).toEqual([]);
    expect(await pass(5_000)).toHaveLength(1);
  });

  test('also for an order whose time was up before, whose answer may be among those that wait', async () => {
    const id = await awaited();
    await query('update deadline_clock set elapsed_ms = elapsed_ms + $1', 6 * minute);
    waiting = 1;
    expect(await deadline.runOnce()).toEqual([]);
    waiting = 0;
    expect(await deadline.runOnce()).toEqual([id]);
  });

  test('while no process of the service runs', async () => {
    await awaited();
    await pass(4.95 * minute);
    deadline = newProcess();

    expect(await pass(5_000)).toEqual([]);
  });

  test('while this process itself stood still', async () => {
    await awaited();
    await query(`update deadline_clock set ticked_at = clock_timestamp() - interval '1 hour'`);

    expect(await deadline.runOnce()).toEqual([]);
  });
});

test('two processes share one clock, which does not run twice as fast', async () => {
  const id = await awaited();
  const other = newProcess();
  await other.runOnce();
  const cancelled: string[] = [];
  const tickBoth = async () => {
    await query(`update deadline_clock set ticked_at = clock_timestamp() - interval '5 seconds'`);
    for (const process of [deadline, other]) cancelled.push(...(await process.runOnce()));
  };

  for (let seconds = 5; seconds < 295; seconds += 5) await tickBoth();
  expect(cancelled).toEqual([]);
  for (let seconds = 0; seconds < 10; seconds += 5) await tickBoth();
  expect(cancelled).toEqual([id]);
});

describe('an order whose time is up is left to a person', () => {
  const deadAt = (id: string) =>
    query(
      `insert into message_receipt (message_id, consumer, state, attempt, received_at, error)
         select id, 'payment', 'dead', 8, now(), 'no luck' from outbox_message where correlation_id = $1`,
      id,
    );

  test('while a consumer has given up on its message; the others are cancelled', async () => {
    const stuck = await awaited();
    const other = await awaited();
    await deadAt(stuck);

    expect(await pass(6 * minute)).toEqual([other]);
    expect(await statusOf(stuck)).toBe('placed');
  });

  test.each(['retrying', 'processed'])('and has its whole time again once its dead letter is %s', async (state) => {
    const id = await awaited();
    await deadAt(id);
    expect(await pass(60 * minute)).toEqual([]);
    await query(
      `update message_receipt set state = $1::text, attempt = 9, processed_at = case $1::text when 'processed' then now() end
       where message_id = (select id from outbox_message where correlation_id = $2)`,
      state,
      id,
    );

    expect(await pass(4.9 * minute)).toEqual([]);
    expect(await pass(0.3 * minute)).toEqual([id]);
  });

  test.each(['dead', 'retrying'])('while an answer that came is %s here', async (state) => {
    const id = await awaited();
    await query(
      `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_allowed,
         due_at, properties, body, received_at, error)
       values ($1, 'order', 'payment', 'payment.authorized', 1, 2, $2, $3, 8,
         case when $3 = 'retrying' then now() + interval '1 day' end, '{}', '', now(), 'no luck')`,
      uuid(),
      id,
      state,
    );
    expect(await pass(6 * minute)).toEqual([]);
    await query(
      `update inbox_message set state = 'processed', processed_at = now(), due_at = null where correlation_id = $1`,
      id,
    );

    expect(await pass(4.9 * minute)).toEqual([]);
    expect(await pass(0.3 * minute)).toEqual([id]);
  });

  test('however many there are: those behind them are found', async () => {
    const many = await Promise.all(Array.from({ length: 101 }, placed));
    for (const id of many) {
      await confirmedByBroker(id);
      await deadAt(id);
    }
    await deadline.runOnce();
    await pass(1_000);
    const other = await awaited();

    expect(await pass(6 * minute)).toEqual([other]);
  });
});

test('an order that has its answers is not touched', async () => {
  const id = await awaited();
  await query(
    `update "order" set status = 'confirmed', payment = 'authorized', stock = 'reserved', confirmed_at = now()`,
  );

  expect(await pass(6 * minute)).toEqual([]);
  expect(await statusOf(id)).toBe('confirmed');
});
