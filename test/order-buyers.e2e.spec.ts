import { type Answer, eventually, type LogLine, type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { completedWay, endingOf, expectConserved } from './order-ending';
import { expectAllOnce, expectAllSigned, expectNothingTwice, orderBody, placeOrders } from './orders';

/** Two processes of the order service share the work. */
let system: System;
let another: ServiceProcess;
beforeAll(async () => {
  system = await startSystem();
  another = await system.startAnother('order');
});
afterAll(() => system?.end());

test('two order processes that get the two answers of 30 orders at once: each order is confirmed once, and each effect happens once', async () => {
  const answering = [system.payment, system.warehouse];
  for (const service of answering) service.suspend();
  const placed = await placeOrders(system, 30);
  await system.sql('order', 'begin');
  await system.sql('order', 'lock table "order" in access exclusive mode');
  try {
    for (const service of answering) service.resume();
    await eventually('both processes have answers of both kinds in hand, and wait for the orders', async () => {
      for (const steps of answersOf('received')) expect(steps).not.toEqual([]);
      expect(await waitingForOrders()).toBeGreaterThan(10);
    });
  } finally {
    await system.sql('order', 'rollback');
  }

  for (const id of placed) expect(await endingOf(system, id, 'completed')).toMatchObject({ messages: completedWay });
  await expectAllOnce(system, placed);
  for (const steps of answersOf('processed')) expect(steps).not.toEqual([]);
  expectNoMessageTwice();
  await expectConserved(system);
});

const buyers = 200;
const units = 10;

test('200 buyers at once of the last 10 units: 10 get one, nobody else pays, and none is left or owed', async () => {
  await setOnHand('teapot', units);
  const answers = await Promise.all(Array.from({ length: buyers }, (_, n) => buy(n % 2 ? system.order : another, n)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  const placed = answers.map(({ body }) => body.id);

  await eventually(
    'every order has ended',
    async () =>
      expect(await system.sql('order', selectEnds, [placed])).toEqual([
        { status: 'cancelled', cancel_reason: 'out-of-stock', count: buyers - units },
        { status: 'completed', cancel_reason: null, count: units },
      ]),
    60_000,
  );
  await expectAllSigned(system);
  await expectNothingTwice(system);
  expectNoMessageTwice();

  expect((await system.warehouse.get('/stock/teapot')).body).toMatchObject({ onHand: 0, reserved: 0 });
  expect(await system.sql('warehouse', selectReservations, [placed])).toEqual([
    { state: 'dispatched', count: units },
    { state: 'rejected', count: buyers - units },
  ]);
  const price = answers[0]?.body.total;
  expect(await system.sql('payment', selectMoney, [placed])).toEqual([{ taken: units * price, held: 0 }]);
  await expectConserved(system);
});

/** A busy machine may have a buyer wait too long for the database: who is told so asks again, with the same key. */
async function buy(service: ServiceProcess, buyer: number): Promise<Answer> {
  const body = orderBody({ lines: [{ sku: 'teapot', quantity: 1 }] });
  const answer = await service.post('/orders', body, { 'idempotency-key': `buyer-${buyer}` });
  return answer.status === 503 ? await buy(service, buyer) : answer;
}

const selectEnds = `
  select status, cancel_reason, count(*)::int from "order" where id = any ($1) group by 1, 2 order by 1`;

const selectReservations = `
  select state, count(*)::int from reservation where order_id = any ($1) group by 1 order by 1`;

/** By the gateway's own log. */
const selectMoney = `
  select sum(amount) filter (where operation = 'capture')::int as taken,
    sum(case operation when 'authorize' then amount else -amount end)::int as held
  from sandbox_gateway_entry where outcome = 'approved' and order_id = any ($1)`;

async function setOnHand(sku: string, onHand: number): Promise<void> {
  const { status } = await fetch(`${system.warehouse.url}/stock/${sku}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ onHand }),
  });
  expect(status).toBe(200);
}

/** The steps that each process took so far with each kind of answer. */
function answersOf(step: 'received' | 'processed'): LogLine[][] {
  return [system.order, another].flatMap((process) =>
    ['payment.authorized', 'stock.reserved'].map((type) => process.steps({ step, type })),
  );
}

/** Checks that no message was processed by both processes, or twice by one. */
function expectNoMessageTwice(): void {
  const processed = [system.order, another].flatMap((process) => process.steps({ step: 'processed' }));
  expect(new Set(processed.map(({ messageId }) => messageId)).size).toBe(processed.length);
}

/** How many sessions of the order service stand still before the lock of the orders. */
async function waitingForOrders(): Promise<number> {
  const sessions = await system.sql(
    'warehouse',
    `select pid from pg_stat_activity
     where datname = current_database() and usename = 'order_service' and wait_event_type = 'Lock'`,
  );
  return sessions.length;
}
