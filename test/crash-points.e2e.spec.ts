import type { ServiceName } from '@waybill/contracts';
import { eventually, type System, startSystem } from '@waybill/testing';
import { endLeases } from './leases';
import { expectAllOnce, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

test('payment is killed with an effect committed and its delivery not acked: it is done once, and signed for', async () => {
  const from = system.payment.position;
  await restart('payment', { CRASH_AT: 'after:processed' });

  const id = await placeOrder(system);

  expect(await system.payment.ended()).toBe('SIGKILL');
  const effect = 'select state from inbox_message where correlation_id = $1';
  expect(await system.sql('payment', effect, [id])).toEqual([{ state: 'processed' }]);
  expect(system.payment.steps({ step: 'processed' }, from)).toEqual([]);
  await endLeases(system, 'payment');
  await system.payment.start();
  await system.payment.step({ step: 'duplicate' }, from);
  await expectAllOnce(system, [id]);
});

test('order is killed with a message on its way to the broker: it arrives, is sent again, and counts once', async () => {
  const from = { payment: system.payment.position, order: system.order.position };
  await restart('order', { CRASH_AT: 'before:confirmed' });

  await placeOrder(system).catch(() => 'the answer may die with the process');

  expect(await system.order.ended()).toBe('SIGKILL');
  const { messageId } = await system.payment.step({ step: 'received', type: 'order.placed' }, from.payment);
  const unsettled = 'select state, last_outcome from outbox_message where id = $1';
  expect(await system.sql('order', unsettled, [messageId])).toEqual([{ state: 'pending', last_outcome: null }]);
  await endLeases(system, 'order');
  await system.order.start();
  await system.order.step({ step: 'settled', messageId, attempt: 2 }, from.order);
  await eventually('the second order is there', async () => {
    const orders = await system.sql<{ id: string }>('order', 'select id from "order"');
    expect(orders).toHaveLength(2);
  });
  await expectAllOnce(system, []);
});

async function restart(service: ServiceName, environment: Record<string, string>): Promise<void> {
  await system[service].stop();
  await system[service].start(environment);
}
