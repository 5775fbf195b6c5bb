import { eventually, type OwnBroker, type System, startOwnBroker, startSystem } from '@waybill/testing';
import { completedWay, endingOf, expectConserved, seen } from './order-ending';
import { expectAllOnce, expectNothingTwice, placeOrder, placeOrders } from './orders';

/** Milliseconds, of the orders' own clock. */
const deadline = 2_000;

let broker: OwnBroker;
let system: System;
beforeAll(async () => {
  broker = await startOwnBroker();
  const env = { ORDER_DEADLINE: `${deadline}ms`, PAYMENT_MAX_ATTEMPTS: '2' };
  system = await startSystem({ broker, env });
  await endingOf(system, await placeOrder(system), 'completed');
});
afterAll(async () => {
  try {
    await system?.end();
  } finally {
    await broker?.end();
  }
});

test('the broker is killed for longer than the deadline: no order is cancelled for it, and all are completed once it is back', async () => {
  system.payment.suspend();
  const placed = await placeOrders(system, 3);
  await eventually('the time of all of them has begun', async () => {
    expect((await awaitedFrom(placed)).filter((from) => from === null)).toEqual([]);
  });
  await broker.kill();
  await clockStandsStill(1.5 * deadline);
  for (const id of placed) await seen(system, id, { status: 'placed', attention: [] });

  // Back before payment is, the order service would count how long payment takes: so it comes last.
  system.order.suspend();
  await broker.start();
  system.payment.resume();
  await eventually('payment has answered', async () => {
    const sent = `select from outbox_message where type = 'payment.authorized' and state = 'confirmed' and correlation_id = any ($1)`;
    expect(await system.sql('payment', sent, [placed])).toHaveLength(placed.length);
  });
  system.order.resume();
  await expectAllOnce(system, placed);
});

test('an order that payment does not answer in time is cancelled; when payment is back, neither money nor goods are kept', async () => {
  system.payment.suspend();
  const id = await placeOrder(system);
  await seen(system, id, { stock: 'reserved' });
  await seen(system, id, { status: 'cancelled', cancelReason: 'deadline' });
  system.payment.resume();
  const { messages, ...ending } = await endingOf(system, id, 'cancelled');
  expect(ending).toMatchObject({ cancelReason: 'deadline', attention: [], payment: 'voided', reservation: 'released' });
  // Whether payment takes the order or its cancel first is up to it.
  expect(messages.filter((type) => type !== 'payment.authorized')).toEqual([
    'order.cancelled',
    'order.placed',
    'stock.reserved',
  ]);
  await expectConserved(system);
  await expectNothingTwice(system);
});

test('an order whose message is a dead letter at payment is left to a person past its deadline, also while it is tried again, and completed after its replay', async () => {
  await system.sql('payment', refusePayments);
  const id = await placeOrder(system);
  const from = system.payment.position;
  const { messageId } = await system.payment.step({ step: 'dead', type: 'order.placed' }, from);
  const waits = {
    status: 'placed',
    attention: [
      `order.placed ${messageId} is a dead letter at payment: QueryFailedError: the ledger of payments is closed`,
    ],
  };
  await seen(system, id, waits);
  const { elapsed } = await clock();
  await eventually('its time is up', async () =>
    expect((await clock()).elapsed).toBeGreaterThan(elapsed + 1.5 * deadline),
  );
  await seen(system, id, waits);

  const replay = () => system.payment.post(`/dead-letters/${messageId}/replay`, { by: 'Ada' });
  const replayed = system.payment.position;
  expect((await replay()).status).toBe(202);
  await system.payment.step({ step: 'retrying', messageId }, replayed);
  await system.payment.step({ step: 'dead', messageId }, replayed);
  await seen(system, id, waits);

  await system.sql('payment', 'drop trigger refuse_payment on payment');
  expect((await replay()).status).toBe(202);
  expect(await endingOf(system, id, 'completed')).toMatchObject({ attention: [], messages: completedWay });
  await expectConserved(system);
});

const refusePayments = `
  create function refuse_payment() returns trigger language plpgsql as $$
  begin
    raise exception 'the ledger of payments is closed';
  end $$;
  create trigger refuse_payment before insert on payment for each row execute function refuse_payment()`;

/** Milliseconds: what the clock of the deadline shows, and, by the time of day, when it ticked last. */
async function clock(): Promise<{ elapsed: number; tickedAt: number }> {
  const [row] = await system.sql('order', 'select elapsed_ms::int, ticked_at from deadline_clock');
  return { elapsed: row?.elapsed_ms, tickedAt: row?.ticked_at.getTime() };
}

/** Awaits that the clock has ticked for so long and has not moved on. */
async function clockStandsStill(milliseconds: number): Promise<void> {
  let since = await clock();
  await eventually('the clock stands still', async () => {
    const now = await clock();
    if (now.elapsed !== since.elapsed) since = now;
    expect(now.tickedAt - since.tickedAt).toBeGreaterThan(milliseconds);
  });
}

/** What the clock showed when the time of each order began; null where it has not. */
async function awaitedFrom(ids: readonly string[]): Promise<(number | null)[]> {
  const rows = await system.sql('order', 'select awaited_from_ms::int as "from" from "order" where id = any ($1)', [
    ids,
  ]);
  return rows.map(({ from }) => from);
}
