import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@waybill/contracts';
import { eventually, type System, startSystem } from '@waybill/testing';
import type { Options } from 'amqplib';
import { expectCleanEnd, expectUnreadable, listed, nested, oddHeaders, publish, text } from './garbage';
import { placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { OVERDUE_AFTER: '60s' } });
});
afterAll(() => system?.end());

function orderPlaced() {
  return {
    orderId: randomUUID(),
    customerId: 'somebody',
    lines: [{ sku: 'mug', quantity: 1, unitPrice: 1250 }],
    total: 1250,
    currency: 'EUR',
    payment: { token: 'tok' },
  };
}

/** What the order service would send with an order.placed, under a new id. */
function properties(changes: Options.Publish = {}): Options.Publish {
  const id = randomUUID();
  return {
    messageId: id,
    type: 'order.placed',
    userId: 'order',
    correlationId: id,
    priority: 2,
    persistent: true,
    contentType: 'application/json',
    headers: { version: 1, 'aggregate-id': id },
    ...changes,
  };
}

const withHeaders = (headers: Record<string, unknown>) => ({
  headers: { version: 1, 'aggregate-id': randomUUID(), ...headers },
});

describe('from the order service, with an id of its own, in a work queue', () => {
  test.each<[string, Buffer | undefined, Options.Publish, RegExp]>([
    ['what is not JSON', text('hello'), {}, /^the body \(5 bytes\) is not JSON in UTF-8$/],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), {}, /is not JSON in UTF-8$/],
    ['0 bytes', text(''), {}, /^the body \(0 bytes\) is not JSON in UTF-8$/],
    ['NULs', Buffer.alloc(100), {}, /is not JSON in UTF-8$/],
    ['1 MB of noise', Buffer.alloc(1_048_576, Buffer.from([0, 200, 13, 10, 92])), {}, /is not JSON in UTF-8$/],
    ['5 MB of nested arrays', nested, {}, /^the payload breaks its contract: payload: /],
    ['JSON null', text('null'), {}, /^the payload breaks its contract: payload: /],
    ['another schema', text('{"orderId":"17"}'), {}, /^the payload breaks its contract: orderId: /],
    ['a prototype', text('{"__proto__":{"orderId":"17"}}'), {}, /^the payload breaks its contract: orderId: /],
    ['another type', undefined, { type: 'order.paid' }, /^the type is not order\.placed$/],
    ['no type', undefined, { type: undefined }, /^the type is not order\.placed$/],
    ['no headers', undefined, { headers: undefined }, /^the header breaks its contract: version: /],
    ['a version that is text', undefined, withHeaders({ version: '1' }), /contract: version: /],
    ['a version that is a buffer', undefined, withHeaders({ version: text('1') }), /contract: version: /],
    ['a version of 64 bits', undefined, withHeaders({ version: oddHeaders.bigger }), /contract: version: /],
    ['an aggregate id with NUL', undefined, withHeaders({ 'aggregate-id': 'a\u0000b' }), /must not contain NUL/],
    ['an aggregate id of odd type', undefined, withHeaders({ 'aggregate-id': oddHeaders.table }), /aggregate-id: /],
    ['no correlation id', undefined, { correlationId: undefined }, /^the correlation id breaks its contract/],
    ['a correlation id with NUL', undefined, { correlationId: 'a\u0000b' }, /must not contain NUL/],
    ['odd headers and no JSON', text('{'), withHeaders(oddHeaders), /is not JSON in UTF-8$/],
  ])('%s is kept under that id, byte for byte', async (_what, garbage, changes, reason) => {
    const body = garbage ?? text(JSON.stringify(orderPlaced()));
    const sent = properties(changes);
    await publish(system, 'order', 'payment.order-placed', body, sent);
    const { detail } = await system.payment.step({ step: 'dead', messageId: sent.messageId });
    expect(detail).toMatch(reason);
    const kept = await system.sql(
      'payment',
      'select state, attempts_started, error, body = $2 as same from inbox_message where message_id = $1',
      [sent.messageId, body],
    );
    expect(kept).toEqual([{ state: 'dead', attempts_started: 0, error: detail, same: true }]);
    await listed(system, 'payment', sent.messageId, body);
  });

  test('and consuming goes on', () => expectGoodOrder());
});

describe('from nobody who may send it, or without an id of use, in a work queue', () => {
  const foreign = /^order\.placed may be sent by order only, not by /;
  test.each<[string, ServiceName | 'admin', Options.Publish, RegExp]>([
    ['no message id', 'order', { messageId: undefined }, /^the message id is missing or is not a uuid$/],
    ['an id that is no uuid', 'order', { messageId: 'order-17' }, /^the message id is missing or is not a uuid$/],
    ['an id with NUL', 'order', { messageId: `${randomUUID()}\u0000` }, /^the message id is missing/],
    ['an id of 255 letters', 'order', { messageId: 'x'.repeat(255) }, /^the message id is missing/],
    ['another sender', 'warehouse', { userId: 'warehouse' }, foreign],
    ['another sender, silent of itself', 'warehouse', { userId: undefined }, foreign],
    ['the consumer itself', 'payment', { userId: 'payment' }, foreign],
    ['the order service, silent of itself', 'order', { userId: undefined }, foreign],
    ['an administrator', 'admin', { userId: undefined }, foreign],
    ['odd headers, priority 255', 'warehouse', { userId: 'warehouse', headers: oddHeaders, priority: 255 }, foreign],
  ])(
    '%s: kept under an id of ours, byte for byte, and never taken for a message',
    async (_what, as, changes, reason) => {
      const order = orderPlaced();
      const body = text(JSON.stringify(order));
      const id = await expectUnreadable(system, 'payment', reason, body, () =>
        publish(system, as, 'payment.order-placed', body, properties(changes)),
      );
      expect(await system.sql('payment', 'select from payment where order_id = $1', [order.orderId])).toEqual([]);
      const replay = await system.payment.post(`/dead-letters/${id}/replay`, { by: 'Ada' });
      expect([replay.status, replay.body.code]).toEqual([409, 'dead-letter-not-replayable']);
    },
  );

  test('the properties are kept too, as far as JSON has words for them', async () => {
    const id = await expectUnreadable(system, 'payment', foreign, text('{}'), () =>
      publish(
        system,
        'warehouse',
        'payment.order-placed',
        text('{}'),
        properties({ userId: 'warehouse', headers: oddHeaders }),
      ),
    );
    const [row] = await system.sql('payment', 'select properties from dead_letter where id = $1', [id]);
    expect(row?.properties).toMatchObject({
      userId: 'warehouse',
      type: 'order.placed',
      headers: {
        table: { list: [1, 'two', { three: null }, [expect.anything()]] },
        float: 1.5,
        date: { '!': 'timestamp', value: 253_402_300_800_000 },
        yes: true,
        nothing: null,
      },
    });
  });

  test('an id that is taken in vain before its real message comes is not lost to it', async () => {
    await system.payment.stop();
    const order = await placeOrder(system);
    const [real] = await system.sql('order', 'select id from outbox_message where correlation_id = $1', [order]);
    await system.order.step({ step: 'confirmed', messageId: real?.id });
    const body = text(JSON.stringify({ ...orderPlaced(), orderId: order, total: 1 }));
    // Of higher priority, so that it comes first.
    const forged = properties({ messageId: real?.id, userId: 'warehouse', priority: 4 });
    const id = await expectUnreadable(system, 'payment', foreign, body, async () => {
      await publish(system, 'warehouse', 'payment.order-placed', body, forged);
      await system.payment.start();
    });
    await system.payment.step({ step: 'processed', messageId: real?.id });
    const log = system.payment
      .steps({ type: 'order.placed' })
      .filter(({ step }) => step === 'unreadable' || step === 'processed');
    expect(log.slice(-2).map(({ messageId }) => messageId)).toEqual([id, real?.id]);
    expect(await system.sql('payment', 'select amount::int from payment where order_id = $1', [order])).toEqual([
      { amount: 2500 },
    ]);
    await deliveryIs(order, { state: 'processed', attempts: 1 });
  });

  test('and consuming goes on', () => expectGoodOrder());
});

test('a good message is not refused for its priority of 255 or for headers of odd types', async () => {
  const order = orderPlaced();
  const sent = properties({ priority: 255, ...withHeaders(oddHeaders) });
  await publish(system, 'order', 'payment.order-placed', text(JSON.stringify(order)), sent);
  await system.payment.step({ step: 'processed', messageId: sent.messageId });
  expect(await system.sql('payment', 'select from payment where order_id = $1', [order.orderId])).toHaveLength(1);
  const { detail } = await system.order.step({ step: 'dead', type: 'payment.declined' });
  expect(detail).toBe(`PermanentError: payment-declined: there is no order ${order.orderId}`);
});

test('after all of it nothing is left in a queue, and nobody lost a connection, gave anything back or restarted', async () => {
  await eventually('all is processed, but the answer about an order that nobody placed', async () => {
    const unprocessed = await system.sql(
      'reader',
      `select type, delivery_state from message_journey where state <> 'confirmed' or delivery_state <> 'processed'`,
    );
    expect(unprocessed).toEqual([{ type: 'payment.declined', delivery_state: 'dead' }]);
    expect(await system.sql('order', `select id, status from "order" where status <> 'completed'`)).toEqual([]);
  });
  await expectCleanEnd(system);
  for (const { log } of system.services) {
    expect(log.values.map(({ msg = '' }) => msg).filter((msg) => /given back|paused|lost/.test(msg))).toEqual([]);
  }
});

async function expectGoodOrder(): Promise<void> {
  const id = await placeOrder(system);
  await deliveryIs(id, { state: 'processed', attempts: 1 });
}

async function deliveryIs(orderId: string, expected: Record<string, unknown>): Promise<void> {
  await eventually(`payment's delivery is ${JSON.stringify(expected)}`, async () => {
    const { body } = await system.order.get(`/orders/${orderId}/journey`);
    const [delivery] = body.messages[0].deliveries;
    expect(delivery).toMatchObject({ consumer: 'payment', ...expected });
  });
}
