import { eventually, type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrders } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ services: ['order'] });
});
afterAll(() => system?.end());

/** Deliveries that a consumer takes before the first is acked: as many of low priority may be ahead of an urgent one, and no more. */
const prefetch = 10;

test('of what waits, the urgent is processed before the bulk that came long before it', async () => {
  const bulk = await placeOrders(system, 200, { priority: 'bulk' });
  const urgent = await placeOrders(system, 10, { priority: 'urgent' });
  await eventually('all of them wait in the queues', async () => {
    expect((await system.order.get('/messages?state=pending')).body).toEqual({ messages: [] });
  });
  await Promise.all([system.payment.start(), system.warehouse.start()]);
  await expectAllOnce(system, [...bulk, ...urgent]);
  for (const consumer of [system.payment, system.warehouse]) {
    const order = await processedOrders(consumer);
    const last = Math.max(...urgent.map((id) => order.indexOf(id)));
    expect(last).toBeLessThan(urgent.length + prefetch);
  }
});

/** Ids of the orders, in the order in which this service processed them. */
async function processedOrders(consumer: ServiceProcess): Promise<string[]> {
  const rows = await system.sql<{ id: string; order_id: string }>(
    'order',
    'select id, correlation_id as order_id from outbox_message',
  );
  const orderOf = new Map(rows.map(({ id, order_id }) => [id, order_id]));
  return consumer.steps({ step: 'processed' }).map(({ messageId = '' }) => orderOf.get(messageId) ?? '');
}
