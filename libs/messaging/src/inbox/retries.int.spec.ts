import { Recorder } from '@waybill/testing';
import { MessageSteps, type StepTaken } from '../message-step';
import { Placed } from '../setup.spec';
import { claimRetries } from './claim-retries';
import { Retries } from './retries';
import { behaviour, effects, failed, gate, inboxRow, order, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

const retries = () => payment.harness.app.get(Retries);
const fail = async () => {
  throw new Error('not yet');
};

/** Takes one message, as another process would, and does nothing with it. */
const claim = (suspects: boolean, lease: number) => claimRetries(payment.harness.dataSource, 1, lease, suspects);

describe('a message that fails', () => {
  it('is tried again until it succeeds: its attempts are counted, its effect happens once', async () => {
    const seen: number[] = [];
    behaviour.handle = async (data, delivery) => {
      seen.push(delivery.attempt);
      if (delivery.attempt < 3) throw new Error(`attempt ${delivery.attempt} failed`);
      await writeEffect(data, delivery);
    };
    const { messageId } = await payment.harness.deliver(Placed, order);

    expect(await payment.harness.retry(messageId)).toMatchObject({
      state: 'retrying',
      error: 'Error: attempt 2 failed',
    });
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      attempts_started: 2,
      attempts_finished: 2,
      error: 'Error: attempt 2 failed',
    });
    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'processed' });

    expect(seen).toEqual([1, 2, 3]);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'processed',
      attempts_started: 3,
      attempts_finished: 3,
      due_at: null,
      body: null,
      properties: null,
    });
  });

  it('is a dead letter after its last attempt, with all that a person needs', async () => {
    behaviour.handle = fail;
    const message = payment.harness.message(Placed, order);
    const { messageId } = await payment.harness.receive(Placed, message);

    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'retrying' });
    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'dead', error: 'Error: not yet' });

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'dead',
      attempts_started: 3,
      attempts_finished: 3,
      due_at: null,
      body: message.body,
      error: 'Error: not yet',
    });
    expect(await retries().runOnce()).toBe(0);
  });

  it('waits longer after each attempt', async () => {
    behaviour.handle = fail;
    const { messageId } = await payment.harness.deliver(Placed, order);
    await payment.harness.retry(messageId);

    const [{ wait }] = await payment.harness.dataSource.query(
      'select extract(epoch from due_at - clock_timestamp())::float8 as wait from inbox_message',
    );
    expect(wait).toBeGreaterThan(0.9);
    expect(wait).toBeLessThanOrEqual(2);
  });

  it('is not tried before it is due', async () => {
    const messageId = await failed(payment.harness);
    await setRow(payment.harness, messageId, `due_at = clock_timestamp() + interval '1 minute'`);

    expect(await retries().runOnce()).toBe(0);
  });

  it('does not lose an attempt to a deadlock', async () => {
    const messageId = await failed(payment.harness);
    behaviour.handle = (_data, delivery) =>
      delivery.transaction((tx) => tx.manager.query(`do $$ begin raise exception 'x' using errcode = '40P01'; end $$`));

    for (let count = 0; count < 4; count++) await payment.harness.retry(messageId);

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'retrying',
      attempts_started: 1,
      attempts_finished: 1,
    });
  });

  it('has its start committed before it runs', async () => {
    let during: unknown;
    behaviour.handle = async (data, delivery) => {
      during = await inboxRow(payment.harness, delivery.messageId);
      await writeEffect(data, delivery);
    };
    const messageId = await failed(payment.harness);

    await retries().runOnce();

    expect(during).toMatchObject({ state: 'retrying', attempts_started: 2, attempts_finished: 1 });
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
  });
});

describe('the messages that are due', () => {
  it('are tried by priority, then by the time they were due', async () => {
    const [low, early, late, high] = [
      await failed(payment.harness, { priority: 'low' }),
      await failed(payment.harness),
      await failed(payment.harness),
      await failed(payment.harness, { priority: 'high' }),
    ];
    await setRow(payment.harness, early, `due_at = clock_timestamp() - interval '1 minute'`);
    const claimed: string[] = [];

    for (let count = 0; count < 4; count++)
      claimed.push(...(await claim(false, 60_000)).map((retry) => retry.messageId));

    expect(claimed).toEqual([high, early, late, low]);
  });

  it('are tried side by side, a slow one holding up no other', async () => {
    const { opened, open } = gate();
    const [slow, quick] = [await failed(payment.harness), await failed(payment.harness)];
    const taken = new Recorder<StepTaken>();
    payment.harness.app.get(MessageSteps).on(taken.record);
    behaviour.handle = async (data, delivery) => {
      if (delivery.messageId === slow) await opened;
      await writeEffect(data, delivery);
    };

    const pass = retries().runOnce();
    expect(await taken.until(({ step }) => step === 'processed')).toMatchObject({ messageId: quick });
    open();

    expect(await pass).toBe(2);
    expect(await effects(payment.harness)).toEqual({ [slow]: 1, [quick]: 1 });
  });

  it('are taken without waiting for one that somebody holds', async () => {
    const [held, free] = [await failed(payment.harness), await failed(payment.harness)];
    const holder = payment.harness.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from inbox_message where message_id = $1 for update', [held]);

    expect(await retries().runOnce()).toBe(1);
    await holder.rollbackTransaction();
    await holder.release();

    expect(await effects(payment.harness)).toEqual({ [free]: 1 });
  });

  it('are each tried once, though several loops run', async () => {
    const ids: string[] = [];
    while (ids.length < 10) ids.push(await failed(payment.harness));

    await Promise.all(Array.from({ length: 4 }, () => retries().runOnce()));

    expect(await effects(payment.harness)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  });

  it('lose against an attempt that has gone on meanwhile', async () => {
    const messageId = await failed(payment.harness);
    behaviour.handle = async (data, delivery) => {
      await setRow(payment.harness, messageId, 'attempts_started = attempts_started + 1');
      await writeEffect(data, delivery);
    };

    await retries().runOnce();

    expect(await effects(payment.harness)).toEqual({});
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ state: 'retrying', attempts_started: 3 });
  });

  it('are dead at once when there is no handler any more, or their contract has changed', async () => {
    const [orphan, broken] = [await failed(payment.harness), await failed(payment.harness)];
    await setRow(payment.harness, orphan, `type = 'order.archived'`);
    await setRow(payment.harness, broken, `body = '{"orderId": 7}'`);

    await retries().runOnce();

    expect((await inboxRow(payment.harness, orphan)).error).toBe('payment has no handler for order.archived any more');
    expect(await inboxRow(payment.harness, broken)).toMatchObject({
      state: 'dead',
      error: expect.stringContaining('orderId: Invalid input'),
    });
  });
});
