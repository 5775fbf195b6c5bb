import { OrderConfirmed, OrderPlaced, type ServiceName } from '@waybill/contracts';
import { eventually, type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, expectAllSigned, expectNothingTwice, placeOrder, postOrder, secretToken } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const signedFor = (consumer: string) => ({
  consumer,
  state: 'processed',
  attempts: 1,
  receivedAt: aTime,
  processedAt: aTime,
  receiptAt: aTime,
  error: null,
});

test('an order is answered with 201, its location, and prices and total that are ours', async () => {
  for (const other of [system.payment, system.warehouse]) other.suspend();
  const { status, headers, body } = await postOrder(system, {
    priority: 'high',
    lines: [
      { sku: 'mug', quantity: 2 },
      { sku: 'tea-assam', quantity: 3 },
    ],
  });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.stringMatching(uuid),
    customerId: expect.any(String),
    status: 'placed',
    cancelReason: null,
    priority: 'high',
    lines: [
      { sku: 'mug', quantity: 2, unitPrice: 1250 },
      { sku: 'tea-assam', quantity: 3, unitPrice: 990 },
    ],
    total: 2 * 1250 + 3 * 990,
    currency: 'EUR',
    payment: null,
    stock: null,
    capture: null,
    attention: [],
    placedAt: aTime,
    confirmedAt: null,
    dispatchedAt: null,
    completedAt: null,
    cancelledAt: null,
  });
  expect(headers.get('location')).toBe(`/orders/${body.id}`);
  expect((await system.order.get(`/orders/${body.id}`)).body).toEqual(body);
  for (const other of [system.payment, system.warehouse]) other.resume();
});

test('within two seconds the journey shows the order confirmed by the broker and signed for by payment and warehouse', async () => {
  const id = await placeOrder(system);
  const journey = await eventually(
    'both receipts in the journey',
    async () => {
      const { status, body } = await system.order.get(`/orders/${id}/journey`);
      expect(status).toBe(200);
      expect(body.messages[0].deliveries).toEqual([...OrderPlaced.consumers].sort().map(signedFor));
      return body;
    },
    2_000,
  );
  expect(journey).toMatchObject({ orderId: id, unavailable: [] });
  expect(journey.messages[0]).toEqual({
    id: expect.stringMatching(uuid),
    type: 'order.placed',
    producer: 'order',
    priority: 'normal',
    state: 'confirmed',
    outcome: 'confirmed',
    attempts: 1,
    recordedAt: aTime,
    sentAt: aTime,
    confirmedAt: aTime,
    error: null,
    deliveries: [...OrderPlaced.consumers].sort().map(signedFor),
  });
});

test('the journey of a completed order has the messages of all services, each signed for at the first attempt', async () => {
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  const { body } = await system.order.get(`/orders/${id}/journey`);
  expect(body).toMatchObject({ orderId: id, status: 'completed', unavailable: [] });
  const sent = (producer: string, type: string, ...consumers: string[]) =>
    expect.objectContaining({ producer, type, attempts: 1, deliveries: consumers.sort().map(signedFor) });
  const answers = [sent('payment', 'payment.authorized', 'order'), sent('warehouse', 'stock.reserved', 'order')];
  const ends = [sent('payment', 'payment.captured', 'order'), sent('warehouse', 'shipment.dispatched', 'order')];
  expect(body.messages).toHaveLength(6);
  expect(body.messages[0]).toEqual(sent('order', 'order.placed', ...OrderPlaced.consumers));
  expect(body.messages.slice(1, 3)).toEqual(expect.arrayContaining(answers));
  expect(body.messages[3]).toEqual(sent('order', 'order.confirmed', ...OrderConfirmed.consumers));
  expect(body.messages.slice(4)).toEqual(expect.arrayContaining(ends));
});

test('the reader sees the same in message_journey, with the time between, and nothing else', async () => {
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  const rows = await system.sql('reader', 'select * from message_journey where correlation_id = $1', [id]);
  const { body } = await system.order.get(`/orders/${id}/journey`);
  expect(rows).toHaveLength(body.messages.flatMap(({ deliveries }: { deliveries: unknown[] }) => deliveries).length);
  for (const row of rows) {
    const message = body.messages.find((message: { id: string }) => message.id === row.message_id);
    expect(row).toMatchObject({ type: message.type, producer: message.producer, state: 'confirmed' });
    expect(message.deliveries).toContainEqual(signedFor(row.consumer));
    for (const time of ['recorded_at', 'sent_at', 'confirmed_at', 'received_at', 'processed_at', 'receipt_at']) {
      expect(row[time]).toEqual(expect.any(Date));
    }
    for (const span of ['confirm_ms', 'receipt_ms']) expect(Number(row[span])).toBeGreaterThan(0);
    // Until the message is claimed: with nothing to do before, less than what is rounded.
    expect(Number(row.process_ms)).toBeGreaterThanOrEqual(0);
  }
  await expect(system.sql('reader', 'select * from order_service.outbox_message')).rejects.toThrow('permission denied');
});

test('the effects of an order are there once: its money is taken, its goods are on their way', async () => {
  const id = await placeOrder(system, { lines: [{ sku: 'kettle', quantity: 4 }] });
  await expectAllOnce(system, [id]);
  const { body: order } = await system.order.get(`/orders/${id}`);
  expect(order).toMatchObject({
    status: 'completed',
    payment: 'authorized',
    stock: 'reserved',
    capture: 'captured',
    attention: [],
    dispatchedAt: aTime,
    completedAt: aTime,
  });
  const total = 4 * 6490;
  const { body: gateway } = await system.payment.get(`/sandbox-gateway/${id}`);
  expect(gateway.entries).toMatchObject([
    { operation: 'authorize', outcome: 'approved', amount: total, currency: 'EUR' },
    { operation: 'capture', outcome: 'approved', amount: total, currency: 'EUR' },
  ]);
  const { body: stock } = await system.warehouse.get('/stock');
  expect(stock.items).toContainEqual({ sku: 'kettle', onHand: 496, reserved: 0, available: 496 });
});

test('a message on the wire is persistent, names its sender, and carries its id, type, priority and correlation', async () => {
  const channel = await system.vhost.channel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'waybill.events', '#');
  const id = await placeOrder(system, { priority: 'urgent' });
  await expectAllOnce(system, [id]);
  const copies = await Promise.all(Array.from({ length: 7 }, () => channel.get(queue, { noAck: true })));
  await channel.deleteQueue(queue);
  const messages = copies.flatMap((copy) => copy || []);
  const sent = await system.sql(
    'reader',
    'select distinct message_id, type, producer from message_journey where correlation_id = $1',
    [id],
  );
  expect(messages.map(({ properties }) => properties.messageId).sort()).toEqual(
    sent.map(({ message_id }) => message_id).sort(),
  );
  for (const { properties } of messages) {
    const { type, producer } = sent.find(({ message_id }) => message_id === properties.messageId) ?? {};
    expect(properties).toMatchObject({
      deliveryMode: 2,
      userId: producer,
      appId: producer,
      type,
      priority: 4,
      correlationId: id,
      contentType: 'application/json',
      headers: { version: 1, 'aggregate-id': id },
    });
  }
  const [placed] = messages.filter(({ properties }) => properties.type === 'order.placed');
  expect(JSON.parse(String(placed?.content))).toMatchObject({ orderId: id, total: 2500, currency: 'EUR' });
});

test('each step of a message is logged once, with its id', async () => {
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  const messages = await system.sql<{ messageId: string; producer: ServiceName; consumers: ServiceName[] }>(
    'reader',
    `select message_id as "messageId", producer, array_agg(consumer order by consumer) as consumers from message_journey
     where correlation_id = $1 group by message_id, producer`,
    [id],
  );
  expect(messages).toHaveLength(6);
  for (const { messageId, producer, consumers } of messages) {
    for (const consumer of consumers) {
      await system[producer].step({ step: 'receipt-applied', messageId, consumer });
      await system[consumer].step({ step: 'receipt-sent', messageId });
      expect(stepsOf(system[consumer], messageId)).toEqual(
        [`received ${consumer}`, `processed ${consumer}`, 'acked', 'receipt-sent'].sort(),
      );
    }
    expect(stepsOf(system[producer], messageId)).toEqual(
      ['recorded', 'claimed', 'confirmed', 'settled', ...consumers.map((name) => `receipt-applied ${name}`)].sort(),
    );
  }
});

test('the token of a card is in no log of any service; an order that it does not pay for is cancelled', async () => {
  const id = await placeOrder(system, { token: secretToken });
  const cancelled = await eventually('the order is cancelled', async () => {
    const { body } = await system.order.get(`/orders/${id}`);
    expect(body.status).toBe('cancelled');
    return body;
  });
  expect(cancelled).toMatchObject({ cancelReason: 'payment-declined', payment: 'declined', capture: null });
  await expectAllSigned(system);
  await expectNothingTwice(system);
  for (const { output } of system.services) {
    expect(output.values.filter((line) => line.includes(secretToken))).toEqual([]);
  }
});

function stepsOf(service: ServiceProcess, messageId: string): string[] {
  return service
    .steps({ messageId })
    .map(({ step, consumer = '' }) => `${step} ${consumer}`.trim())
    .sort();
}
