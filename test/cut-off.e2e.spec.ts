import { eventually, type System, startSystem } from '@waybill/testing';
import { startLoad } from './load';
import { expectAllOnce, placeOrder, placeOrders } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { OVERDUE_AFTER: '2s' } });
});
afterAll(() => system?.end());

test('a consumer that is stopped is awaited, then overdue, then signs when it is back; the other is not held up', async () => {
  await system.payment.stop();
  const id = await placeOrder(system);
  await deliveriesOf(id, { payment: 'awaited', warehouse: 'processed' });
  const position = system.order.position;
  await deliveriesOf(id, { payment: 'overdue', warehouse: 'processed' });
  const { detail } = await system.order.step({ step: 'overdue', type: 'order.placed', consumer: 'payment' }, position);
  expect(detail).toMatch(/^1 messages wait in payment\.order-placed(\.classic)?, it is late and not cut off$/);
  const { body } = await system.order.get('/messages?state=overdue');
  expect(body.messages).toMatchObject([{ type: 'order.placed' }]);
  expect(system.order.steps({ step: 'redelivered', type: 'order.placed' })).toEqual([]);
  await system.payment.start();
  await deliveriesOf(id, { payment: 'processed', warehouse: 'processed' });
  await expectAllOnce(system, [id]);
});

test("a consumer's queue that is deleted under load comes back, and every message reaches the consumer, once", async () => {
  const from = system.payment.position;
  const orderFrom = system.order.position;
  const load = startLoad(system);
  await load.more(10);
  system.payment.suspend();
  await load.more(15);
  await system.vhost.deleteQueue(system.queue('payment.order-placed'));
  system.payment.resume();
  await system.payment.line(/^payment\.order-placed.*most likely the queue was deleted.*consuming again$/, from);
  await load.more(10);
  await system.order.step({ step: 'redelivered', type: 'order.placed', consumer: 'payment' }, orderFrom);
  await expectAllOnce(system, await load.stop());
});

test('a binding that is removed under load: what missed the consumer is sent to it alone, and the binding is made again', async () => {
  const [from, orderFrom] = [system.payment.position, system.order.position];
  const load = startLoad(system);
  await load.more(15);
  await system.vhost.deleteBinding('waybill.events', system.queue('payment.order-placed'), 'order.placed');
  await load.more(15);
  const { detail } = await system.order.step(
    { step: 'redelivered', type: 'order.placed', consumer: 'payment' },
    orderFrom,
  );
  expect(detail).toBe('its receipt is overdue and nothing waits in its queue');
  await system.payment.line(
    /payment\.order-placed.* got a message by redelivery: its bindings are declared again$/,
    from,
  );
  const placed = await load.stop();
  await expectAllOnce(system, placed);

  const redelivered = system.order.steps({ step: 'redelivered', type: 'order.placed' }).length;
  const id = await placeOrder(system);
  await deliveriesOf(id, { payment: 'processed', warehouse: 'processed' });
  expect(system.order.steps({ step: 'redelivered', type: 'order.placed' })).toHaveLength(redelivered);
});

test('receipts that are lost: the message is sent again, absorbed by who has it, and signed for again', async () => {
  await system.payment.stop();
  const ids = await placeOrders(system, 5);
  await eventually('all of them wait in the queue', async () => {
    expect((await system.order.get('/messages?state=pending')).body).toEqual({ messages: [] });
  });
  await system.order.stop();
  const from = system.payment.position;
  await system.payment.start();
  await eventually('payment has sent five receipts', () => {
    expect(system.payment.steps({ step: 'receipt-sent', type: 'order.placed' }, from)).toHaveLength(5);
  });
  const channel = await system.vhost.channel();
  await channel.purgeQueue(system.queue('order.receipts'));
  await system.order.start();
  await system.payment.step({ step: 'duplicate', type: 'order.placed' }, from);
  await expectAllOnce(system, ids);
  const absorbed = system.payment
    .steps({ step: 'duplicate', type: 'order.placed' }, from)
    .map(({ messageId }) => messageId);
  expect(new Set(absorbed).size).toBe(5);
});

/** Awaits that the journey of an order says so of its message's deliveries. */
async function deliveriesOf(orderId: string, expected: Record<string, string>): Promise<void> {
  await eventually(`the deliveries are ${JSON.stringify(expected)}`, async () => {
    const { body } = await system.order.get(`/orders/${orderId}/journey`);
    const deliveries: { consumer: string; state: string }[] = body.messages[0].deliveries;
    expect(Object.fromEntries(deliveries.map(({ consumer, state }) => [consumer, state]))).toEqual(expected);
  });
}
