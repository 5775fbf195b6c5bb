import { eventually } from '@waybill/testing';
import { PermanentError } from '../permanent-error';
import { Placed } from '../setup.spec';
import { listDeadLetters } from './list-dead-letters';
import { Replay } from './replay';
import { Retries } from './retries';
import { behaviour, effects, inboxRow, order, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

const replay = (id: string) => payment.harness.app.get(Replay).replay(id, 'ada');
const list = (limit = 10) => listDeadLetters(payment.harness.dataSource, limit);

async function dead(): Promise<string> {
  behaviour.handle = async () => {
    throw new PermanentError('no such customer');
  };
  const { messageId } = await payment.harness.deliver(Placed, order);
  behaviour.handle = writeEffect;
  return messageId;
}

/** A message from somebody who may not send it, as the event's queue had it. */
async function unidentified(body = Buffer.from(JSON.stringify(order)), userId = 'warehouse'): Promise<string> {
  const { properties } = payment.harness.message(Placed, order);
  const { messageId } = await payment.harness.receive(Placed, { properties: { ...properties, userId }, body });
  return messageId;
}

describe('a dead letter', () => {
  it('is due at once when it is replayed, and it is kept who did so and when', async () => {
    const messageId = await dead();

    expect(await replay(messageId)).toEqual({ result: 'replayed', messageId });

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'retrying',
      replayed_by: 'ada',
      replayed_at: expect.any(Date),
      receipt_seq: 2,
    });
    expect(await payment.harness.app.get(Retries).runOnce()).toBe(1);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ state: 'processed', attempts_finished: 2 });
  });

  it('has all its attempts before it again, and its count goes on', async () => {
    const messageId = await dead();
    await replay(messageId);
    behaviour.handle = async () => {
      throw new Error('still not');
    };

    for (const [started, state] of [
      [2, 'retrying'],
      [3, 'retrying'],
      [4, 'dead'],
    ] as const) {
      expect(await payment.harness.retry(messageId)).toMatchObject({ state });
      expect(await inboxRow(payment.harness, messageId)).toMatchObject({ attempts_started: started, state });
    }
  });

  it('that killed its process is no suspect when it is replayed', async () => {
    const messageId = await dead();
    await setRow(payment.harness, messageId, 'attempts_started = 3, attempts_finished = 1');

    await replay(messageId);

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ attempts_started: 3, attempts_finished: 3 });
  });

  it('can be replayed once', async () => {
    const messageId = await dead();

    const results = await Promise.all([replay(messageId), replay(messageId)]);

    expect(results.map(({ result }) => result).sort()).toEqual(['not-found', 'replayed']);
  });

  it('is not what is processed or retried, nor what is not there', async () => {
    const { messageId } = await payment.harness.deliver(Placed, order);
    const before = await inboxRow(payment.harness, messageId);

    expect(await replay(messageId)).toEqual({ result: 'not-found' });
    expect(await replay('0198c0de-0000-7000-8000-000000000000')).toEqual({ result: 'not-found' });
    expect(await inboxRow(payment.harness, messageId)).toEqual(before);
  });
});

describe('an unidentified dead letter', () => {
  const correct = (id: string) =>
    payment.harness.dataSource.query(
      `update dead_letter set properties = jsonb_set(properties::jsonb, '{userId}', '"order"') where id = $1`,
      [id],
    );

  it('stays what it is while nobody knows whose it is', async () => {
    const id = await unidentified();

    expect(await replay(id)).toEqual({
      result: 'not-replayable',
      reason: 'order.placed may be sent by order only, not by "warehouse"',
    });
    expect(await list()).toMatchObject([{ id, replayedAt: null }]);
  });

  it('takes its place in the inbox, under its own id, when it can be identified', async () => {
    const id = await unidentified();
    await correct(id);

    const replayed = await replay(id);

    expect(replayed.result).toBe('replayed');
    const { messageId } = replayed as { messageId: string };
    expect(messageId).not.toBe(id);
    expect(await payment.harness.app.get(Retries).runOnce()).toBe(1);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
    expect(await payment.harness.dataSource.query('select replayed_by, replayed_at from dead_letter')).toEqual([
      { replayed_by: 'ada', replayed_at: expect.any(Date) },
    ]);
    expect(await replay(id)).toEqual({ result: 'not-found' });
  });

  it('is not in the inbox while it cannot be said that it was replayed', async () => {
    const id = await unidentified();
    await correct(id);
    const holder = payment.harness.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from dead_letter where id = $1 for update', [id]);

    const replaying = replay(id);

    try {
      await eventually('the replay waits for the dead letter', async () => {
        const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        expect(await payment.harness.dataSource.query(waiting)).toHaveLength(1);
      });
      expect(await payment.harness.dataSource.query('select from inbox_message')).toEqual([]);
    } finally {
      await holder.rollbackTransaction();
      await holder.release();
    }
    expect(await replaying).toMatchObject({ result: 'replayed' });
    expect(await payment.harness.dataSource.query('select from inbox_message')).toHaveLength(1);
  });

  it('can be replayed once', async () => {
    const id = await unidentified();
    await correct(id);

    const results = await Promise.all([replay(id), replay(id)]);

    expect(results.map(({ result }) => result).sort()).toEqual(['not-found', 'replayed']);
  });

  it('in a queue of no event stays', async () => {
    const id = await unidentified();
    await payment.harness.dataSource.query(`update dead_letter set queue = 'payment.receipts'`);

    expect(await replay(id)).toEqual({ result: 'not-replayable', reason: 'no event arrives in payment.receipts' });
  });
});

describe('the list of dead letters', () => {
  it('shows both kinds, newest first, with what a person needs', async () => {
    const known = await dead();
    const unknown = await unidentified(Buffer.from([0, 255]));

    expect(await list()).toEqual([
      expect.objectContaining({
        id: unknown,
        kind: 'unidentified',
        source: 'payment.order-placed',
        producer: null,
        attempts: 0,
        error: expect.stringContaining('may be sent by order only'),
        size: 2,
        body: 'AP8=',
      }),
      expect.objectContaining({
        id: known,
        kind: 'message',
        source: 'order.placed',
        producer: 'order',
        correlationId: 'order-1',
        attempts: 1,
        error: 'PermanentError: no such customer',
        size: JSON.stringify(order).length,
        body: Buffer.from(JSON.stringify(order)).toString('base64'),
      }),
    ]);
    expect(await list(1)).toHaveLength(1);
  });

  it('leaves out what was replayed, until it fails again', async () => {
    const messageId = await dead();
    await replay(messageId);
    expect(await list()).toEqual([]);

    behaviour.handle = async () => {
      throw new PermanentError('again');
    };
    await payment.harness.retry(messageId);

    expect(await list()).toMatchObject([{ id: messageId, error: 'PermanentError: again', replayedBy: 'ada' }]);
  });

  it('cuts a body off after 16 kB', async () => {
    await unidentified(Buffer.alloc(20_000));

    const [letter] = await list();

    expect([letter?.size, Buffer.from(letter?.body ?? '', 'base64').length]).toEqual([20_000, 16_384]);
  });
});
