import { Controller } from '@nestjs/common';
import type { EventData } from '@waybill/contracts';
import { v7 as uuidv7 } from 'uuid';
import { FreshReceipts } from '../fresh-receipts';
import { PermanentError } from '../permanent-error';
import { Authorized, Placed } from '../setup.spec';
import { Consume } from './consume.decorator';
import type { Delivery } from './delivery';
import { behaviour, effect, effects, inboxRow, order, useHarness } from './setup.spec';

/** What a batch has at most. */
const size = 4;

@Controller()
class BatchedConsumer {
  @Consume(Placed, { batch: size })
  async placed(data: EventData<typeof Placed>, delivery: Delivery) {
    return behaviour.handle(data, delivery);
  }
}

const payment = useHarness({ controllers: [BatchedConsumer], settings: { handlerDeadline: 400, maxAttempts: 2 } });

/** What the handler was given, in this order, with the transaction that it ran in. */
let handled: { messageId: string; transaction: string }[];

beforeEach(() => {
  handled = [];
  payment.harness.app.get(FreshReceipts).drop();
  behaviour.handle = (data, delivery) =>
    delivery.transaction(async (tx) => {
      const [{ transaction }] = await tx.manager.query('select txid_current()::text as transaction');
      handled.push({ messageId: delivery.messageId, transaction });
      await effect(tx, delivery);
      tx.record(Authorized, data);
    });
});

const deliver = (...messageIds: string[]) =>
  Promise.all(messageIds.map((messageId) => payment.harness.deliver(Placed, order, { messageId })));
const some = (count: number) => Array.from({ length: count }, () => uuidv7());
const transactions = () => new Set(handled.map(({ transaction }) => transaction)).size;
const once = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 1]));

/** Fails for one message, and does for the others what it did. */
function failFor(messageId: string, error: Error): void {
  const { handle } = behaviour;
  behaviour.handle = async (data, delivery) => {
    if (delivery.messageId !== messageId) return handle(data, delivery);
    return delivery.transaction(async (tx) => {
      await effect(tx, delivery);
      throw error;
    });
  };
}

describe('messages that came together', () => {
  it('are handled in one transaction, with the inbox row, the effect and the events of each', async () => {
    const ids = some(size);

    const results = await deliver(...ids);

    expect(results.map(({ state }) => state)).toEqual(Array(size).fill('processed'));
    expect([handled.map(({ messageId }) => messageId), transactions()]).toEqual([ids, 1]);
    expect(await effects(payment.harness)).toEqual(once(ids));
    const events = await payment.harness.dataSource.query(
      'select causation_id as id, correlation_id, priority from outbox_message order by id',
    );
    expect(events).toEqual(ids.map((id) => ({ id, correlation_id: order.orderId, priority: 2 })));
    for (const id of ids) {
      expect(await inboxRow(payment.harness, id)).toMatchObject({
        state: 'processed',
        attempts_started: 1,
        attempts_finished: 1,
        receipt_sent_seq: 0,
      });
    }
    expect(
      payment.harness.app
        .get(FreshReceipts)
        .take(10)
        .map(({ receipt }) => receipt.messageId),
    ).toEqual(ids);
  });

  it('are at most as many as the handler takes; one that is left is handled by itself', async () => {
    const ids = some(2 * size + 1);

    await deliver(...ids);

    expect([handled.map(({ messageId }) => messageId), transactions()]).toEqual([ids, 3]);
    expect(await effects(payment.harness)).toEqual(once(ids));
  });

  it('are handled one by one when one of them fails, and have their effects once', async () => {
    const [first = '', bad = '', ...others] = some(size);
    failFor(bad, new Error('out of stock'));

    const results = await deliver(first, bad, ...others);

    expect(results.map(({ state }) => state)).toEqual(['processed', 'retrying', 'processed', 'processed']);
    expect(results[1]?.error).toBe('Error: out of stock');
    expect(await effects(payment.harness)).toEqual(once([first, ...others]));
    const [{ events }] = await payment.harness.dataSource.query('select count(*)::int as events from outbox_message');
    expect(events).toBe(size - 1);
  });

  it('do not keep a message from being dead at once', async () => {
    const [bad = '', ...others] = some(size);
    failFor(bad, new PermanentError('no such order'));

    const results = await deliver(bad, ...others);

    expect(results.map(({ state }) => state)).toEqual(['dead', 'processed', 'processed', 'processed']);
  });

  it('are handled one by one when a failed statement was caught in one, as Postgres rolls all of it back', async () => {
    const [bad = '', ...others] = some(size);
    const { handle } = behaviour;
    behaviour.handle = (data, delivery) =>
      delivery.messageId === bad
        ? delivery.transaction((tx) => tx.manager.query('select 1 / 0').catch(() => undefined))
        : handle(data, delivery);

    const results = await deliver(...others, bad);

    expect(results.map(({ state }) => state)).toEqual(['processed', 'processed', 'processed', 'retrying']);
    expect(await effects(payment.harness)).toEqual(once(others));
  });

  it('absorb one that was handled before, or that came twice', async () => {
    const [known = '', twice = '', other = ''] = some(3);
    await deliver(known);

    const results = await deliver(other, known, twice, twice);

    expect(results.map(({ state }) => state).sort()).toEqual(['duplicate', 'duplicate', 'processed', 'processed']);
    expect(await effects(payment.harness)).toEqual(once([known, twice, other]));
  });

  it('lose their transaction to a handler that takes too long, which fails by itself then', async () => {
    const [slow = '', ...others] = some(size);
    const { handle } = behaviour;
    behaviour.handle = (data, delivery) =>
      delivery.messageId === slow ? new Promise(() => {}) : handle(data, delivery);

    const results = await deliver(...others, slow);

    expect(results.map(({ state }) => state)).toEqual(['processed', 'processed', 'processed', 'retrying']);
    expect(results[3]?.error).toContain('the handler took longer than 400 ms');
    expect(await effects(payment.harness)).toEqual(once(others));
  });

  it('leave one out that may have killed a process', async () => {
    const [suspect = '', ...others] = some(size);

    await Promise.all([
      payment.harness.deliver(Placed, order, { messageId: suspect, redelivered: true }),
      deliver(...others),
    ]);

    const together = handled.filter(({ messageId }) => messageId !== suspect).map(({ transaction }) => transaction);
    expect([transactions(), new Set(together).size]).toEqual([2, 1]);
  });
});
