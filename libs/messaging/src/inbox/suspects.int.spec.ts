import { Recorder } from '@waybill/testing';
import { MessageSteps, type StepTaken } from '../message-step';
import { claimRetries } from './claim-retries';
import { Retries } from './retries';
import { behaviour, effects, failed, inboxRow, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

const fail = async () => {
  throw new Error('not yet');
};
const retries = () => payment.harness.app.get(Retries);

/** A message whose attempt was started and never ended, as after a process that was killed; due when its lease is over. */
async function killed(started = 1): Promise<string> {
  const messageId = await failed(payment.harness);
  await setRow(payment.harness, messageId, `attempts_started = ${started}, attempts_finished = 0`);
  return messageId;
}

/** Takes one message, as another process would, and does nothing with it. */
const claim = (suspects: boolean, lease: number) => claimRetries(payment.harness.dataSource, 1, lease, suspects);

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
    const [suspect, ordinary] = [await killed(), await failed(payment.harness)];

    expect(await retries().runOnce()).toBe(2);

    expect(await effects(payment.harness)).toEqual({ [suspect]: 1, [ordinary]: 1 });
  });

  it('is a dead letter when it was started as often as allowed', async () => {
    const poison = await killed(3);
    const taken = new Recorder<StepTaken>();
    payment.harness.app.get(MessageSteps).on(taken.record);

    expect(await retries().runOnce()).toBe(0);

    expect(await inboxRow(payment.harness, poison)).toMatchObject({
      state: 'dead',
      attempts_finished: 3,
      error: 'attempt 3 was started and never ended: the process died, or lost its database',
    });
    expect(taken.values).toMatchObject([{ step: 'dead', messageId: poison, attempt: 3, consumer: 'payment' }]);
    expect(await effects(payment.harness)).toEqual({});
  });

  it('is counted, though each attempt ends with its process', async () => {
    const poison = await failed(payment.harness);
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
