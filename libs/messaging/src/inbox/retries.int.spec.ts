import { Recorder } from '@waybill/testing';
import { type MessageStep, MessageSteps, type StepTaken } from '../message-step';
import { Placed } from '../setup.spec';
import { claimRetries } from './claim-retries';
import { Retries } from './retries';
import { behaviour, effects, gate, inboxRow, order, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

const retries = () => payment.harness.app.get(Retries);
const fail = async () => {
  throw new Error('not yet');
};

/** A message whose first attempt failed, due now. */
async function failed(options: Parameters<typeof payment.harness.deliver>[2] = {}): Promise<string> {
  const { handle } = behaviour;
  behaviour.handle = fail;
  const { messageId } = await payment.harness.deliver(Placed, order, options);
  behaviour.handle = handle;
  await setRow(payment.harness, messageId, 'due_at = clock_timestamp()');
  return messageId;
}

/** A message whose attempt was started and never ended, as after a process that was killed; due when its lease is over. */
async function killed(started = 1): Promise<string> {
  const messageId = await failed();
  await setRow(payment.harness, messageId, `attempts_started = ${started}, attempts_finished = 0`);
  return messageId;
}

/** Takes one message, as another process would, and does nothing with it. */
const claim = (suspects: boolean, lease: number) => claimRetries(payment.harness.dataSource, 1, lease, suspects);

function steps(...wanted: MessageStep[]): Recorder<StepTaken> {
  const recorder = new Recorder<StepTaken>();
  payment.harness.app.get(MessageSteps).on((taken) => {
    if (wanted.includes(taken.step)) recorder.record(taken);
  });
  return recorder;
}

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
    const messageId = await failed();
    await setRow(payment.harness, messageId, `due_at = clock_timestamp() + interval '1 minute'`);

    expect(await retries().runOnce()).toBe(0);
  });

  it('does not lose an attempt to a deadlock', async () => {
    const messageId = await failed();
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
    const messageId = await failed();

    await retries().runOnce();

    expect(during).toMatchObject({ state: 'retrying', attempts_started: 2, attempts_finished: 1 });
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
  });
});

describe('the messages that are due', () => {
  it('are tried by priority, then by the time they were due', async () => {
    const [low, early, late, high] = [
      await failed({ priority: 'low' }),
      await failed(),
      await failed(),
      await failed({ priority: 'high' }),
    ];
    await setRow(payment.harness, early, `due_at = clock_timestamp() - interval '1 minute'`);
    const claimed: string[] = [];

    for (let count = 0; count < 4; count++)
      claimed.push(...(await claim(false, 60_000)).map((retry) => retry.messageId));

    expect(claimed).toEqual([high, early, late, low]);
  });

  it('are tried side by side, a slow one holding up no other', async () => {
    const { opened, open } = gate();
    const [slow, quick] = [await failed(), await failed()];
    const processed = steps('processed');
    behaviour.handle = async (data, delivery) => {
      if (delivery.messageId === slow) await opened;
      await writeEffect(data, delivery);
    };

    const pass = retries().runOnce();
    expect(await processed.until(() => true)).toMatchObject({ messageId: quick });
    open();

    expect(await pass).toBe(2);
    expect(await effects(payment.harness)).toEqual({ [slow]: 1, [quick]: 1 });
  });

  it('are taken without waiting for one that somebody holds', async () => {
    const [held, free] = [await failed(), await failed()];
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
    while (ids.length < 10) ids.push(await failed());

    await Promise.all(Array.from({ length: 4 }, () => retries().runOnce()));

    expect(await effects(payment.harness)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  });

  it('lose against an attempt that has gone on meanwhile', async () => {
    const messageId = await failed();
    behaviour.handle = async (data, delivery) => {
      await setRow(payment.harness, messageId, 'attempts_started = attempts_started + 1');
      await writeEffect(data, delivery);
    };

    await retries().runOnce();

    expect(await effects(payment.harness)).toEqual({});
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ state: 'retrying', attempts_started: 3 });
  });

  it('are dead at once when there is no handler any more, or their contract has changed', async () => {
    const [orphan, broken] = [await failed(), await failed()];
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

describe('a message whose last attempt never ended', () => {
  it('is left alone until its lease is over', async () => {
    const messageId = await killed();
    await setRow(payment.harness, messageId, `due_at = clock_timestamp() + interval '1 second'`);

    expect(await retries().runOnce()).toBe(0);
  });

  it('is tried alone, one in a pass', async () => {
    const suspects = [await killed(), await killed(), await killed()];
    let running = 0;
    let most = 0;
    behaviour.handle = async (data, delivery) => {
      most = Math.max(most, ++running);
      await writeEffect(data, delivery);
      running--;
    };

    expect(await retries().runOnce()).toBe(1);
    await Promise.all([retries().runOnce(), retries().runOnce(), retries().runOnce()]);
    while ((await retries().runOnce()) > 0);

    expect(most).toBe(1);
    expect(await effects(payment.harness)).toEqual(Object.fromEntries(suspects.map((id) => [id, 1])));
  });

  it('does not wait for its turn behind ordinary ones', async () => {
    const [suspect, ordinary] = [await killed(), await failed()];

    expect(await retries().runOnce()).toBe(2);

    expect(await effects(payment.harness)).toEqual({ [suspect]: 1, [ordinary]: 1 });
  });

  it('is a dead letter when it was started as often as allowed', async () => {
    const poison = await killed(3);
    const dead = steps('dead');

    expect(await retries().runOnce()).toBe(0);

    expect(await inboxRow(payment.harness, poison)).toMatchObject({
      state: 'dead',
      attempts_finished: 3,
      error: 'attempt 3 was started and never ended: the process died, or lost its database',
    });
    expect(dead.values).toMatchObject([{ messageId: poison, attempt: 3, consumer: 'payment' }]);
    expect(await effects(payment.harness)).toEqual({});
  });

  it('is counted, though each attempt ends with its process', async () => {
    const poison = await failed();
    // Two processes that took it, and whose lease is over at once.
    expect(await claim(false, 0)).toMatchObject([{ messageId: poison, attempt: 2 }]);
    expect(await claim(false, 0)).toEqual([]);
    expect(await claim(true, 0)).toMatchObject([{ messageId: poison, attempt: 3 }]);

    await retries().runOnce();

    expect(await inboxRow(payment.harness, poison)).toMatchObject({ state: 'dead', attempts_finished: 3 });
  });

  it('of another process is not concluded by the one whose lease was over', async () => {
    const messageId = await killed();
    behaviour.handle = async (data, delivery) => {
      // It took so long that another process has taken the message over.
      await setRow(payment.harness, messageId, 'due_at = clock_timestamp()');
      await claim(true, 60_000);
      return delivery.attempt === 2 ? fail() : writeEffect(data, delivery);
    };

    await retries().runOnce();

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'retrying',
      attempts_started: 3,
      attempts_finished: 0,
    });
  });
});
