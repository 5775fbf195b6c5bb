import { Transactions } from '@waybill/messaging';
import { createHarness, eventually, type Harness } from '@waybill/testing';
import { database } from '../database';
import type { Advance, Happening } from '../domain/order-flow';
import { advanceOrder } from './advance-order';
import { Order } from './order.entity';
import { placeOrder } from './place-order';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ service: 'order', database });
});
afterAll(() => harness.close());

const authorized: Happening = { kind: 'payment-authorized', amount: 1250, currency: 'EUR' };
const reserved: Happening = { kind: 'stock-reserved' };
const cancel: Happening = { kind: 'cancel-requested' };
const deadline: Happening = { kind: 'deadline-passed' };

/** An order for one mug that the warehouse has set aside, where `stock` says so. */
async function place(stock: 'reserved' | null): Promise<string> {
  const request = {
    customerId: 'ada',
    priority: 'high' as const,
    lines: [{ sku: 'mug', quantity: 1 }],
    payment: { token: 'tok_approved' },
  };
  const { order } = await harness.app.get(Transactions).run((tx) => placeOrder(tx, request));
  if (stock) await happen(order.id, reserved);
  return order.id;
}

const happen = (orderId: string, happening: Happening) =>
  harness.app.get(Transactions).run((tx) => advanceOrder(tx, orderId, happening));

/** Lets one after the other wait for the order's row, each in a transaction of its own, and then all go: at `released`. */
async function atOnce(orderId: string, ...happenings: Happening[]) {
  const holder = harness.dataSource.createQueryRunner();
  const running: ReturnType<typeof happen>[] = [];
  try {
    await holder.startTransaction();
    await holder.query('select from "order" where id = $1 for update', [orderId]);
    for (const happening of happenings) {
      running.push(happen(orderId, happening));
      await eventually('it waits for the row', async () => expect(await waiting()).toBe(running.length));
    }
    const [{ released }] = await holder.query('select clock_timestamp() as released');
    await holder.commitTransaction();
    return { released: released as Date, steps: await Promise.all(running) };
  } finally {
    await holder.release();
  }
}

async function waiting(): Promise<number> {
  const [{ count }] = await harness.dataSource.query(
    `select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return count;
}

/** What was told of an order after it was placed. */
async function told(orderId: string): Promise<{ type: string; priority: number; payload: unknown }[]> {
  return await harness.dataSource.query(
    `select type, priority, payload from outbox_message where correlation_id = $1 and type <> 'order.placed'`,
    [orderId],
  );
}

const find = (id: string) => harness.dataSource.manager.findOneByOrFail(Order, { id });
const confirmed = { type: 'order.confirmed', priority: 3 };
const cancelled = (reason: string) => ({ type: 'order.cancelled', priority: 3, payload: { reason } });

test.each([
  ['payment first', authorized, reserved],
  ['the warehouse first', reserved, authorized],
])('both answers at the same time, %s: one of them confirms the order, once', async (_case, first, second) => {
  const orderId = await place(null);

  const { steps } = await atOnce(orderId, first, second);

  expect(steps).toMatchObject([{ fact: null }, { fact: { kind: 'confirmed' } }]);
  expect(await find(orderId)).toMatchObject({ status: 'confirmed', payment: 'authorized', stock: 'reserved' });
  expect(await told(orderId)).toMatchObject([confirmed]);
});

test.each([
  ['customer', cancel],
  ['deadline', deadline],
])('the %s before the second answer: cancelled, and the answer is remembered', async (reason, happening) => {
  const orderId = await place('reserved');

  const { steps } = await atOnce(orderId, happening, authorized);

  expect(steps).toMatchObject([{ fact: { kind: 'cancelled', reason } }, { outcome: 'changed', fact: null }]);
  expect(await find(orderId)).toMatchObject({ status: 'cancelled', cancelReason: reason, payment: 'authorized' });
  expect(await told(orderId)).toMatchObject([cancelled(reason)]);
});

test.each<[string, Happening, Advance['outcome']]>([
  ['customer', cancel, 'refused'],
  ['deadline', deadline, 'unchanged'],
])('the %s after the second answer: confirmed', async (_reason, happening, outcome) => {
  const orderId = await place('reserved');

  const { steps } = await atOnce(orderId, authorized, happening);

  expect(steps).toMatchObject([{ fact: { kind: 'confirmed' } }, { outcome }]);
  expect(await find(orderId)).toMatchObject({ status: 'confirmed', cancelReason: null });
  expect(await told(orderId)).toMatchObject([confirmed]);
});

test('the customer and the deadline at the same time: cancelled once, for who came first', async () => {
  const orderId = await place(null);

  await atOnce(orderId, cancel, deadline);

  expect(await find(orderId)).toMatchObject({ status: 'cancelled', cancelReason: 'customer' });
  expect(await told(orderId)).toMatchObject([cancelled('customer')]);
});

test('times are of the moment in which it became so, not of that in which the wait for the row began', async () => {
  const orderId = await place('reserved');

  const { released } = await atOnce(orderId, authorized);

  expect((await find(orderId)).confirmedAt?.getTime()).toBeGreaterThanOrEqual(released.getTime());
});

test('an order that is not there says so', async () => {
  const step = await happen('01890000-0000-7000-8000-000000000000', deadline);

  expect(step).toEqual({ outcome: 'not-found' });
});

test('an order is as it was when its event cannot be kept', async () => {
  const orderId = await place('reserved');
  const before = await find(orderId);
  const owner = await harness.database.connect('owner');
  await owner.query(`alter table outbox_message add constraint closed check (type <> 'order.confirmed') not valid`);

  await expect(happen(orderId, authorized)).rejects.toThrow('closed');

  await owner.query('alter table outbox_message drop constraint closed');
  expect(await find(orderId)).toEqual(before);
});
