import { setTimeout as pause } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { Authorized, Placed } from '../setup.spec';
import { behaviour, effect, effects, gate, inboxRow, order, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness({ settings: { handlerDeadline: 400 } });

describe('a handler', () => {
  it('is told that it may open one transaction only', async () => {
    behaviour.handle = async (data, delivery) => {
      await writeEffect(data, delivery);
      await expect(delivery.transaction(async () => undefined)).rejects.toThrow(
        'delivery.transaction was called twice for order.placed: put the whole effect into one call',
      );
    };

    expect(await payment.harness.deliver(Placed, order)).toMatchObject({ state: 'processed' });
  });

  it('gets what its change returns', async () => {
    let returned: unknown;
    behaviour.handle = async (_data, delivery) => {
      returned = await delivery.transaction(async () => 42);
    };

    await payment.harness.deliver(Placed, order);

    expect(returned).toBe(42);
  });

  it('does not go on behind the transaction of a message that was handled before', async () => {
    let ends = 0;
    behaviour.handle = async (data, delivery) => {
      await writeEffect(data, delivery);
      ends++;
    };
    const { messageId } = await payment.harness.deliver(Placed, order);

    await payment.harness.deliver(Placed, order, { messageId });

    expect(ends).toBe(1);
  });

  it('fails by what its transaction threw, though it caught that', async () => {
    behaviour.handle = (_data, delivery) =>
      delivery
        .transaction(async (tx) => {
          await effect(tx, delivery);
          throw new Error('no money');
        })
        .catch(() => {});

    const { state, error } = await payment.harness.deliver(Placed, order);

    expect([state, error]).toEqual(['retrying', 'Error: no money']);
    expect(await effects(payment.harness)).toEqual({});
  });

  it('fails when a statement failed inside the transaction, though it caught that', async () => {
    behaviour.handle = (_data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        await tx.manager.query('select 1 / 0').catch(() => {});
      });

    const { state, error } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('retrying');
    expect(error).toContain('a statement of this transaction failed, and its error was caught');
    expect(await effects(payment.harness)).toEqual({});
  });

  it('has a transaction awaited that it forgot to await, for better or worse', async () => {
    behaviour.handle = async (data, delivery) => {
      void writeEffect(data, delivery);
    };
    const { state, messageId } = await payment.harness.deliver(Placed, order);
    expect([state, await effects(payment.harness)]).toEqual(['processed', { [messageId]: 1 }]);

    behaviour.handle = async (_data, delivery) => {
      void delivery.transaction((tx) => tx.manager.query('select 1 / 0'));
    };
    expect(await payment.harness.deliver(Placed, order)).toMatchObject({
      state: 'retrying',
      error: 'QueryFailedError: division by zero',
    });
  });
});

describe('a handler past its deadline', () => {
  const tooLong = 'DeadlineError: the handler took longer than 400 ms';

  /** Every connection of the pool can be used, and none is inside a transaction. */
  async function expectHealthyPool(): Promise<void> {
    const runners: QueryRunner[] = Array.from({ length: 10 }, () => payment.harness.dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.query('select 1')));
    const hanging = await runners[0]?.query(
      `select query from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    await Promise.all(runners.map((runner) => runner.release()));
    expect(hanging).toEqual([]);
  }

  it('loses its connection inside the transaction: nothing is committed later, and the next attempt works', async () => {
    const { opened, open } = gate();
    const late = gate<unknown>();
    behaviour.handle = (_data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        tx.record(Authorized, order);
        await opened;
        await effect(tx, delivery).then(late.open, late.open);
      });

    const result = await payment.harness.deliver(Placed, order);

    expect(result).toMatchObject({ state: 'retrying', error: tooLong, recorded: [] });
    open();
    expect(await late.opened).toBeInstanceOf(Error);
    expect(await effects(payment.harness)).toEqual({});
    expect(await payment.harness.dataSource.query('select from outbox_message')).toEqual([]);
    behaviour.handle = writeEffect;
    expect(await payment.harness.retry(result.messageId)).toMatchObject({ state: 'processed' });
    expect(await effects(payment.harness)).toEqual({ [result.messageId]: 1 });
    await expectHealthyPool();
  });

  it('cannot commit what it had done already', async () => {
    const { opened, open } = gate();
    const ended = gate<unknown>();
    behaviour.handle = async (_data, delivery) => {
      await delivery
        .transaction(async (tx) => {
          await effect(tx, delivery);
          await opened;
        })
        .then(ended.open, ended.open);
    };

    await payment.harness.deliver(Placed, order);
    open();

    expect(await ended.opened).toBeInstanceOf(Error);
    expect(await effects(payment.harness)).toEqual({});
  });

  it('cannot open a transaction any more', async () => {
    const { opened, open } = gate();
    const ended = gate<unknown>();
    behaviour.handle = async (data, delivery) => {
      await opened;
      await writeEffect(data, delivery).then(ended.open, ended.open);
    };

    const { state, error } = await payment.harness.deliver(Placed, order);
    open();

    expect([state, error]).toEqual(['retrying', tooLong]);
    expect(await ended.opened).toMatchObject({ message: expect.stringContaining("the handler's deadline had passed") });
    expect(await effects(payment.harness)).toEqual({});
  });

  it('loses its connection also in the middle of a statement', async () => {
    behaviour.handle = (_data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        await tx.manager.query('select pg_sleep(1)');
      });

    const { state, messageId } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('retrying');
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ attempts_started: 1, attempts_finished: 1 });
    expect(await effects(payment.harness)).toEqual({});
  });

  it('loses its connection in a later attempt too, and holds up no attempt after that', async () => {
    behaviour.handle = async () => {
      throw new Error('once');
    };
    const { messageId } = await payment.harness.deliver(Placed, order);
    behaviour.handle = (_data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        await pause(2_000, undefined, { ref: false });
      });

    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'retrying', error: tooLong });

    behaviour.handle = writeEffect;
    await setRow(payment.harness, messageId, 'due_at = clock_timestamp()');
    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'processed' });
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
    await expectHealthyPool();
  });
});
