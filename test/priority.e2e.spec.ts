import { eventually, type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrders } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ services: ['order'] });
});
afterAll(() => system?.end());

/**
 * Deliveries that a consumer works on at a time. The queue hands out the urgent ones first, all of them; within this window one that is
 * quicker may be done earlier, so a few more than the window can be done before the last urgent one.
 */
const prefetch = 10;

test('of what waits, the urgent is received and processed before the bulk that came long before it', async () => {
  const bulk = await placeOrders(system, 100, { priority: 'bulk' });
  const urgent = await placeOrders(system, 10, { priority: 'urgent' });
  await eventually('all of them wait in the queues', async () => {
    expect((await system.order.get('/messages?state=pending')).body).toEqual({ messages: [] });
  });
  await Promise.all(system.services.filter(({ isRunning }) => !isRunning).map((service) => service.start()));
  await expectAllOnce(system, [...bulk, ...urgent]);
  for (const consumer of [system.payment, system.warehouse]) {
    expect((await ordersBy(consumer, 'received')).slice(0, 10).sort()).toEqual(urgent.sort());
    expect((await ordersBy(consumer, 'processed')).slice(0, 10 + 3 * prefetch)).toEqual(expect.arrayContaining(urgent));
  }
});

/** Ids of the orders, in the order in which this service took this step with their order.placed. */
async function ordersBy(consumer: ServiceProcess, step: 'received' | 'processed'): Promise<string[]> {
  const rows = await system.sql<{ id: string; order_id: string }>(
    'order',
    'select id, correlation_id as order_id from outbox_message',
  );
  const orderOf = new Map(rows.map(({ id, order_id }) => [id, order_id]));
  return consumer.steps({ step, type: 'order.placed' }).map(({ messageId = '' }) => orderOf.get(messageId) ?? '');
}
