import type { ServiceName } from '@waybill/contracts';
import { type System, startSystem } from '@waybill/testing';
import { blocked, hold } from './held-tables';
import { endLeases } from './leases';
import { startLoad } from './load';
import { expectAllOnce, placeOrder, placeOrders } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

/** Milliseconds. Far below the default SHUTDOWN_GRACE of 20 s: there is nothing to wait for. */
const soon = 6_000;

test.each(['payment', 'warehouse'] as const)(
  'SIGTERM to %s under load: it ends in time with 0; nothing is lost, nothing done twice',
  async (name) => {
    const load = startLoad(system);
    await load.more(10);
    const asked = performance.now();
    expect(await system[name].stop('SIGTERM')).toBe('exit code 0');
    expect(performance.now() - asked).toBeLessThan(soon);
    await expectNothingInHand(name);
    await load.more(10);
    await system[name].start();
    await expectAllOnce(system, await load.stop());
  },
);

test('SIGTERM to order under load: it ends in time with 0; what was answered is signed for, and nothing done twice', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(10);
  const asked = performance.now();
  expect(await system.order.stop('SIGTERM')).toBe('exit code 0');
  expect(performance.now() - asked).toBeLessThan(soon);
  await expectNothingInHand('order');
  const placed = await load.stop();
  await system.order.start();
  await expectAllOnce(system, placed);
});

test('SIGTERM to all at once under load: each ends in time with 0; after a start all is signed for, once', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(10);
  const asked = performance.now();
  const ends = await Promise.all(system.services.map((service) => service.stop('SIGTERM')));
  expect(ends).toEqual(system.services.map(() => 'exit code 0'));
  expect(performance.now() - asked).toBeLessThan(soon);
  const placed = await load.stop();
  await Promise.all(system.services.map((service) => service.start()));
  await expectAllOnce(system, placed);
});

test('SIGTERM while handlers are at work: they are finished, and their receipts sent, before it ends', async () => {
  const from = system.payment.position;
  const release = await hold(system, 'payment', 'payment');
  const placed = await placeOrders(system, 5);
  await blocked(system, 'payment', 'payment', 5);
  const end = system.payment.stop('SIGTERM');
  await system.payment.line(/^SIGTERM: stopping$/, from);
  await release();
  expect(await end).toBe('exit code 0');
  expect(system.payment.steps({ step: 'processed' }, from)).toHaveLength(5);
  expect(system.payment.steps({ step: 'receipt-sent' }, from)).toHaveLength(5);
  await expectNothingInHand('payment');
  await system.payment.start();
  await expectAllOnce(system, placed);
});

test('SIGTERM while an order is taken and receipts are applied: the one is answered, the others are kept', async () => {
  const from = system.order.position;
  system.payment.suspend();
  const earlier = await placeOrders(system, 3);
  const release = await hold(system, 'order', 'order_line', 'message_receipt');
  const held = system.order.position;
  system.payment.resume();
  await blocked(system, 'order', 'message_receipt', 1);
  const answer = placeOrder(system);
  await blocked(system, 'order', 'order_line', 1);
  const end = system.order.stop('SIGTERM');
  await system.order.line(/^SIGTERM: stopping$/, from);
  await release();
  const placed = [...earlier, await answer];
  expect(await end).toBe('exit code 0');
  await expectNothingInHand('order');
  expect(system.order.steps({ step: 'receipt-applied' }, held).length).toBeGreaterThan(0);
  await system.order.start();
  await expectAllOnce(system, placed);
});

test.each(['payment', 'warehouse'] as const)(
  'kill -9 of %s under load: nothing is lost, and nothing done twice',
  async (name) => {
    const load = startLoad(system);
    await load.more(10);
    await system[name].kill();
    await endLeases(system, name);
    await load.more(10);
    await system[name].start();
    await expectAllOnce(system, await load.stop());
  },
);

test('kill -9 of order under load: what was answered is signed for, and nothing done twice', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(10);
  await system.order.kill();
  await endLeases(system, 'order');
  const placed = await load.stop();
  await system.order.start();
  await expectAllOnce(system, placed);
});

/** Neither a message whose outcome is not written down, nor a receipt that is not sent, nor an attempt without an end. */
async function expectNothingInHand(service: ServiceName): Promise<void> {
  expect(await system.sql(service, 'select id from outbox_message where lease_until is not null')).toEqual([]);
  expect(
    await system.sql(
      service,
      'select message_id from inbox_message where receipt_sent_seq < receipt_seq or attempts_started > attempts_finished',
    ),
  ).toEqual([]);
}
