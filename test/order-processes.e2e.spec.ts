import { eventually, type LogLine, type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { completedWay, endingOf, expectConserved } from './order-ending';
import { expectAllOnce, placeOrders } from './orders';

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
  await expectConserved(system);
  for (const steps of answersOf('processed')) expect(steps).not.toEqual([]);
  const processed = answersOf('processed').flatMap((steps) => steps.map(({ messageId }) => messageId));
  expect(new Set(processed).size).toBe(processed.length);
});

/** The steps that each process took so far with each kind of answer. */
function answersOf(step: 'received' | 'processed'): LogLine[][] {
  return [system.order, another].flatMap((process) =>
    ['payment.authorized', 'stock.reserved'].map((type) => process.steps({ step, type })),
  );
}

/** How many sessions of the order service stand still before the lock of an order. */
async function waitingForOrders(): Promise<number> {
  const sessions = await system.sql(
    'warehouse',
    `select pid from pg_stat_activity
     where datname = current_database() and usename = 'order_service' and wait_event_type = 'Lock'`,
  );
  return sessions.length;
}
