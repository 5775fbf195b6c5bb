import { Placed } from '../setup.spec';
import { behaviour, effect, effects, gate, inboxRow, order, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

describe('a redelivered message', () => {
  it('has its start committed before it runs', async () => {
    let during: unknown;
    behaviour.handle = async (_data, delivery) => {
      during = await inboxRow(payment.harness, delivery.messageId);
      await delivery.transaction((tx) => effect(tx, delivery));
    };

    const { state, messageId } = await payment.harness.deliver(Placed, order, { redelivered: true });

    expect(state).toBe('processed');
    expect(during).toMatchObject({ state: 'retrying', attempts_started: 1, attempts_finished: 0, receipt_seq: 0 });
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'processed',
      attempts_started: 1,
      attempts_finished: 1,
      due_at: null,
      body: null,
      receipt_seq: 1,
    });
  });

  it('runs while no other such message runs', async () => {
    let running = 0;
    let most = 0;
    behaviour.handle = async (_data, delivery) => {
      most = Math.max(most, ++running);
      await delivery.transaction((tx) => effect(tx, delivery));
      running--;
    };

    await Promise.all(Array.from({ length: 5 }, () => payment.harness.deliver(Placed, order, { redelivered: true })));

    expect([most, Object.keys(await effects(payment.harness)).length]).toEqual([1, 5]);
  });

  it('that waits for its turn has not been started: it is no suspect when the one before it ends the process', async () => {
    const { opened, open } = gate();
    const begun = gate<string>();
    behaviour.handle = async (data, delivery) => {
      begun.open(delivery.messageId);
      await opened;
      await writeEffect(data, delivery);
    };

    const deliveries = [1, 2, 3].map(() => payment.harness.deliver(Placed, order, { redelivered: true }));
    const first = await begun.opened;
    const started = await payment.harness.dataSource.query('select message_id from inbox_message');
    open();
    await Promise.all(deliveries);

    expect(started).toEqual([{ message_id: first }]);
  });

  it('that fails is retried like any other', async () => {
    behaviour.handle = async () => {
      throw new Error('no');
    };

    const { state, messageId } = await payment.harness.deliver(Placed, order, { redelivered: true });

    expect(state).toBe('retrying');
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      attempts_started: 1,
      attempts_finished: 1,
      error: 'Error: no',
      receipt_seq: 1,
    });
  });
});
