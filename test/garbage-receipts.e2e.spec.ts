import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@waybill/contracts';
import { eventually, type System, startSystem } from '@waybill/testing';
import type { Options } from 'amqplib';
import { expectCleanEnd, expectUnreadable, nested, oddHeaders, publish, text } from './garbage';
import { expectAllOnce, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { OVERDUE_AFTER: '60s' } });
});
afterAll(() => system?.end());

function receipt(changes: object = {}) {
  return {
    messageId: randomUUID(),
    state: 'retrying',
    attempt: 1,
    receivedAt: '2026-01-01T10:00:00.000Z',
    processedAt: null,
    dueAt: '2026-01-01T10:00:01.000Z',
    error: 'Error: no luck',
    ...changes,
  };
}

const bodyOf = (...receipts: object[]) => text(JSON.stringify({ receipts }));

function properties(changes: Options.Publish = {}): Options.Publish {
  return { messageId: randomUUID(), type: 'waybill.receipts', userId: 'payment', persistent: true, ...changes };
}

describe('what is no receipt is kept as a dead letter, byte for byte', () => {
  const noConsumer = /^no event of order names the sender of these receipts as a consumer$/;
  test.each<[string, ServiceName | 'admin', Buffer, Options.Publish, RegExp]>([
    ['what is not JSON', 'payment', text('hello'), {}, /^the body is not JSON$/],
    ['0 bytes', 'payment', text(''), {}, /^the body is not JSON$/],
    ['1 MB of NULs', 'payment', Buffer.alloc(1_048_576), {}, /^the body is not JSON$/],
    ['5 MB of nested arrays', 'payment', nested, {}, /^these are not receipts$/],
    ['no receipt at all', 'payment', bodyOf(), {}, /^these are not receipts$/],
    ['more than it may carry', 'payment', bodyOf(...Array(1_001).fill(receipt())), {}, /^these are not receipts$/],
    ['a state that there is not', 'payment', bodyOf(receipt({ state: 'lost' })), {}, /^these are not receipts$/],
    ['an id that is no uuid', 'payment', bodyOf(receipt({ messageId: 'order-17' })), {}, /^these are not receipts$/],
    ['an id with NUL', 'payment', bodyOf(receipt({ messageId: `${randomUUID()}\0` })), {}, /^these are not receipts$/],
    ['a negative attempt', 'payment', bodyOf(receipt({ attempt: -1 })), {}, /^these are not receipts$/],
    ['another type', 'payment', bodyOf(receipt()), { type: 'order.placed' }, /^the type is not waybill\.receipts$/],
    ['receipts of nobody', 'payment', bodyOf(receipt()), { userId: undefined }, noConsumer],
    ['receipts of the producer itself', 'order', bodyOf(receipt()), { userId: 'order' }, noConsumer],
    ['receipts of an administrator', 'admin', bodyOf(receipt()), { userId: undefined }, noConsumer],
    ['odd headers', 'order', text('{'), { userId: 'order', headers: oddHeaders, priority: 255 }, noConsumer],
  ])('%s', async (_what, as, body, changes, reason) => {
    const id = await expectUnreadable(system, 'order', reason, body, () =>
      publish(system, as, 'order.receipts', body, properties(changes)),
    );
    const replay = await system.order.post(`/dead-letters/${id}/replay`, { by: 'Ada' });
    expect([replay.status, replay.body.code]).toEqual([409, 'dead-letter-not-replayable']);
  });

  test('receipts of a service that consumes none of the events', async () => {
    const body = bodyOf(receipt());
    await expectUnreadable(system, 'payment', /^no event of payment names the sender/, body, () =>
      publish(system, 'warehouse', 'payment.receipts', body, properties({ userId: 'warehouse' })),
    );
  });

  test('and receipts are taken in as before', async () => {
    const id = await placeOrder(system);
    await paymentIs(id, { state: 'processed', attempts: 1, error: null });
  });
});

describe('receipts of a true consumer', () => {
  test.each([
    ['one that says processed and not when', { state: 'processed' }],
    ['one of an attempt that no ledger can hold', { attempt: 2 ** 40 }],
    ['one of a time that no ledger can hold', { receivedAt: '0000-01-01T00:00:00Z' }],
  ])('%s is kept as a dead letter, and changes nothing', async (_what, wrong) => {
    const { id, messageId } = await placeAwaited();
    const body = bodyOf(receipt({ messageId, ...wrong }));
    const position = system.order.position;
    await publish(system, 'payment', 'order.receipts', body, properties());
    const { msg } = await system.order.line(/^A message of order\.receipts\S* is kept as a dead letter: /, position);
    expect(msg).toMatch(/it could not be recorded: QueryFailedError: /);
    await eventually('it is kept', async () => {
      const kept = await system.sql('order', 'select reason from dead_letter where body = $1', [body]);
      expect(kept).toEqual([{ reason: expect.stringMatching(/^it could not be recorded: /) }]);
    });
    await paymentIs(id, { state: 'awaited', attempts: 0 });
    await system.payment.start();
    await paymentIs(id, { state: 'processed', attempts: 1 });
  });

  test('for messages that are not here they are counted, told and acked', async () => {
    const position = system.order.position;
    await publish(system, 'payment', 'order.receipts', bodyOf(receipt(), receipt()), properties());
    await system.order.line(/^2 receipts from payment are of messages that are not here/, position);
  });

  test('an error with NULs is told without them', async () => {
    const { id, messageId } = await placeAwaited();
    await tell(receipt({ messageId, error: 'a\u0000b\u0000' }));
    await paymentIs(id, { state: 'retrying', attempts: 1, error: 'ab' });
    await system.payment.start();
    await paymentIs(id, { state: 'processed', attempts: 1, error: null });
  });

  test('they never take back what a later one said, and nothing takes back processed', async () => {
    const { id, messageId } = await placeAwaited();
    await tell(receipt({ messageId, attempt: 5 }));
    await tellInVain(receipt({ messageId, attempt: 4, error: 'earlier' }));
    await tellInVain(receipt({ messageId, attempt: 4, state: 'dead', dueAt: null, error: 'earlier' }));
    await tellInVain(receipt({ messageId, attempt: 5, error: 'again' }));
    await paymentIs(id, { state: 'retrying', attempts: 5, error: 'Error: no luck' });
    await tell(receipt({ messageId, attempt: 5, state: 'dead', dueAt: null, error: 'out of attempts' }));
    await tellInVain(receipt({ messageId, attempt: 5 }));
    await paymentIs(id, { state: 'dead', attempts: 5, error: 'out of attempts' });

    await system.payment.start();
    await paymentIs(id, { state: 'processed', attempts: 5 });
    const [signed] = await system.sql('order', receiptOf, [messageId]);
    await tellInVain(receipt({ messageId, attempt: 6 }));
    await tellInVain(receipt({ messageId, attempt: 6, state: 'dead', dueAt: null }));
    await tellInVain(receipt({ messageId, state: 'processed', processedAt: '2026-01-01T10:00:00Z', attempt: 7 }));
    expect(await system.sql('order', receiptOf, [messageId])).toEqual([signed]);
  });

  const receiptOf = `select * from message_receipt where message_id = $1 and consumer = 'payment'`;
});

test('after all of it every message is signed for, no queue holds anything, and nobody restarted', async () => {
  await system.sql('order', 'delete from dead_letter');
  await system.sql('payment', 'delete from dead_letter');
  await expectAllOnce(system, []);
  await expectCleanEnd(system);
});

/** An order of which payment, stopped, has not been told. */
async function placeAwaited(): Promise<{ id: string; messageId: string }> {
  await system.payment.stop();
  const id = await placeOrder(system);
  const [message] = await system.sql('order', 'select id from outbox_message where correlation_id = $1', [id]);
  return { id, messageId: message?.id };
}

/** Publishes receipts as payment, and awaits that the order service has applied the first. */
async function tell(...receipts: ReturnType<typeof receipt>[]): Promise<void> {
  const position = system.order.position;
  await publish(system, 'payment', 'order.receipts', bodyOf(...receipts), properties());
  const [{ messageId } = receipt()] = receipts;
  await system.order.step({ step: 'receipt-applied', consumer: 'payment', messageId }, position);
}

/**
 * The same of one that is to change nothing: with it comes one of a message that is not here, which is told of when both are
 * committed.
 */
async function tellInVain(idle: ReturnType<typeof receipt>): Promise<void> {
  const position = system.order.position;
  await publish(system, 'payment', 'order.receipts', bodyOf(idle, receipt()), properties());
  await system.order.line(/^1 receipts from payment are of messages that are not here/, position);
  const applied = system.order.log.values.slice(position).filter(({ step }) => step === 'receipt-applied');
  expect(applied.filter(({ messageId, consumer }) => messageId === idle.messageId && consumer === 'payment')).toEqual(
    [],
  );
}

async function paymentIs(orderId: string, expected: Record<string, unknown>): Promise<void> {
  await eventually(`payment's delivery is ${JSON.stringify(expected)}`, async () => {
    const { body } = await system.order.get(`/orders/${orderId}/journey`);
    const [delivery] = body.messages[0].deliveries;
    expect(delivery).toMatchObject({ consumer: 'payment', ...expected });
  });
}
