import { eventually, type LogLine, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrder, postOrder } from './orders';

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
    priority: 'high',
    lines: [
      { sku: 'mug', quantity: 2, unitPrice: 1250 },
      { sku: 'tea-assam', quantity: 3, unitPrice: 990 },
    ],
    total: 2 * 1250 + 3 * 990,
    currency: 'EUR',
    placedAt: aTime,
  });
  expect(headers.get('location')).toBe(`/orders/${body.id}`);
  expect((await system.order.get(`/orders/${body.id}`)).body).toEqual(body);
});

test('within two seconds the journey shows the order confirmed by the broker and signed for by payment and warehouse', async () => {
  const id = await placeOrder(system);
  const journey = await eventually(
    'both receipts in the journey',
    async () => {
      const { status, body } = await system.order.get(`/orders/${id}/journey`);
      expect(status).toBe(200);
      expect(body.messages[0].deliveries).toEqual([signedFor('payment'), signedFor('warehouse')]);
      return body;
    },
    2_000,
  );
  expect(journey).toEqual({
    orderId: id,
    status: 'placed',
    messages: [
      {
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
        deliveries: [signedFor('payment'), signedFor('warehouse')],
      },
    ],
    unavailable: [],
  });
});

test('the reader sees the same in message_journey, with the time between, and nothing else', async () => {
  const id = await placeOrder(system);
  const rows = await eventually('both rows are processed', async () => {
    const seen = await system.sql(
      'reader',
      'select * from message_journey where correlation_id = $1 order by consumer',
      [id],
    );
    expect(seen.map(({ delivery_state }) => delivery_state)).toEqual(['processed', 'processed']);
    return seen;
  });
  for (const [index, consumer] of ['payment', 'warehouse'].entries()) {
    expect(rows[index]).toMatchObject({ type: 'order.placed', producer: 'order', consumer, state: 'confirmed' });
    for (const time of ['recorded_at', 'sent_at', 'confirmed_at', 'received_at', 'processed_at', 'receipt_at']) {
      expect(rows[index]?.[time]).toEqual(expect.any(Date));
    }
    for (const span of ['confirm_ms', 'process_ms', 'receipt_ms'])
      expect(Number(rows[index]?.[span])).toBeGreaterThan(0);
  }
  await expect(system.sql('reader', 'select * from order_service.outbox_message')).rejects.toThrow('permission denied');
});

test('the effects of an order are there once: a payment requested, the goods set aside', async () => {
  const id = await placeOrder(system, { lines: [{ sku: 'kettle', quantity: 4 }] });
  await expectAllOnce(system, [id]);
  expect(
    await system.sql('payment', 'select state, amount::int, currency from payment where order_id = $1', [id]),
  ).toEqual([{ state: 'requested', amount: 4 * 6490, currency: 'EUR' }]);
  expect(
    await system.sql('warehouse', 'select sku, quantity, state from reservation where order_id = $1', [id]),
  ).toEqual([{ sku: 'kettle', quantity: 4, state: 'reserved' }]);
  const { body } = await system.warehouse.get('/stock');
  expect(body.items).toContainEqual({ sku: 'kettle', onHand: 500, reserved: 4, available: 496 });
});

test('a message on the wire is persistent, names its sender, and carries its id, type, priority and correlation', async () => {
  const channel = await system.vhost.channel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'waybill.events', '#');
  const id = await placeOrder(system, { priority: 'urgent' });
  const message = await eventually('the copy has come', async () => {
    const got = await channel.get(queue, { noAck: true });
    if (!got) throw new Error('nothing yet');
    return got;
  });
  await channel.deleteQueue(queue);
  const [sent] = await system.sql('order', 'select id from outbox_message where correlation_id = $1', [id]);
  expect(message.properties).toMatchObject({
    deliveryMode: 2,
    userId: 'order',
    appId: 'order',
    messageId: sent?.id,
    type: 'order.placed',
    priority: 4,
    correlationId: id,
    contentType: 'application/json',
    headers: { version: 1, 'aggregate-id': id },
  });
  expect(JSON.parse(message.content.toString())).toMatchObject({ orderId: id, total: 2500, currency: 'EUR' });
});

test('each step of a message is logged once, with its id', async () => {
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  const [message] = await system.sql<{ id: string }>(
    'order',
    'select id from outbox_message where correlation_id = $1',
    [id],
  );
  const messageId = message?.id;
  const stepsOf = (lines: LogLine[]) => lines.map(({ step, consumer = '' }) => `${step} ${consumer}`.trim()).sort();
  for (const consumer of [system.payment, system.warehouse]) {
    await system.order.step({ step: 'receipt-applied', messageId, consumer: consumer.name });
    await consumer.step({ step: 'receipt-sent', messageId });
    expect(stepsOf(consumer.steps({ messageId }))).toEqual(
      [`received ${consumer.name}`, `processed ${consumer.name}`, 'acked', 'receipt-sent'].sort(),
    );
  }
  expect(stepsOf(system.order.steps({ messageId }))).toEqual(
    ['recorded', 'claimed', 'confirmed', 'settled', 'receipt-applied payment', 'receipt-applied warehouse'].sort(),
  );
});
