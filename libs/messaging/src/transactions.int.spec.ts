import { Recorder } from '@waybill/testing';
import { MessageSteps, type StepTaken } from './message-step';
import type { MessagingOptions } from './messaging-options';
import type { Relay } from './outbox/relay';
import { OutboxCommit } from './outbox-commit';
import { Authorized, Cancelled, Placed, rowOf, testCatalogue, useLedger } from './setup.spec';
import type { Transaction } from './transaction';
import { Transactions } from './transactions';

const ledger = useLedger();
const steps = new MessageSteps();
const taken = new Recorder<StepTaken>();
steps.on(taken.record);
beforeEach(() => taken.values.splice(0));

/** What a relay that has no room does. */
const busyRelay = { reserve: () => undefined, wake: jest.fn() } as unknown as Relay;

const transactions = () =>
  new Transactions(
    ledger.dataSource,
    { service: 'order', catalogue: testCatalogue } as MessagingOptions,
    new OutboxCommit(busyRelay, steps),
  );

const order = { orderId: 'order-1' };
const outbox = () => ledger.dataSource.query('select id, type, priority from outbox_message order by id');
const effects = () => ledger.dataSource.query('select note from effect');
const effect = (tx: Transaction, note = 'done') =>
  tx.manager.query('insert into effect (message_id, note) values (gen_random_uuid(), $1)', [note]);

describe('a transaction', () => {
  it('commits the change and its events together, and tells of them after that', async () => {
    const told: unknown[] = [];
    const stop = steps.on(() => told.push(outbox()));

    const id = await transactions().run(async (tx) => {
      await effect(tx);
      return tx.record(Placed, order, { priority: 'high', aggregateVersion: 4 });
    });
    stop();

    expect(await effects()).toEqual([{ note: 'done' }]);
    expect(await rowOf(ledger.dataSource, 'outbox_message', id)).toMatchObject({
      producer: 'order',
      priority: 3,
      aggregate_id: 'order-1',
      aggregate_version: 4,
      correlation_id: 'order-1',
      causation_id: null,
      consumers: ['payment', 'warehouse'],
    });
    expect(taken.values).toEqual([{ step: 'recorded', messageId: id, type: 'order.placed' }]);
    expect(await Promise.all(told)).toMatchObject([[{ id }]]);
  });

  it('leaves neither when the change fails, and passes its error on', async () => {
    const failing = transactions().run(async (tx) => {
      await effect(tx);
      tx.record(Placed, order);
      throw new Error('out of stock');
    });

    await expect(failing).rejects.toThrow('out of stock');
    expect([await effects(), await outbox(), taken.values]).toEqual([[], [], []]);
  });

  it.each([true, false])(
    'fails when a failed statement was caught, because Postgres would roll back and not say so (records: %s)',
    async (records) => {
      const failing = transactions().run(async (tx) => {
        await effect(tx, 'same');
        await effect(tx, 'same').catch(() => {});
        if (records) tx.record(Placed, order);
      });

      await expect(failing).rejects.toThrow('a statement of this transaction failed, and its error was caught');
      expect(await effects()).toEqual([]);
    },
  );

  it('goes on after a savepoint was rolled back', async () => {
    await transactions().run(async (tx) => {
      await effect(tx, 'same');
      await tx.manager.transaction((savepoint) => savepoint.query('select 1 / 0')).catch(() => {});
      tx.record(Placed, order);
    });

    expect([(await effects()).length, (await outbox()).length]).toEqual([1, 1]);
  });
});

describe('recording', () => {
  const record = (work: (tx: Transaction) => unknown) =>
    transactions().run(async (tx) => {
      work(tx);
    });

  it('keeps the order, and ids that sort by it', async () => {
    const ids: string[] = [];
    await record((tx) => {
      for (let count = 0; count < 50; count++) ids.push(tx.record(count % 2 ? Placed : Cancelled, order));
    });

    expect((await outbox()).map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it('takes normal for the priority', async () => {
    await record((tx) => tx.record(Placed, order));

    expect(await outbox()).toMatchObject([{ priority: 2 }]);
  });

  it('is refused when the data breaks the contract, with field and rule', async () => {
    await expect(record((tx) => tx.record(Placed, { orderId: 7 } as never))).rejects.toThrow(
      'order.placed was not recorded, its data breaks the contract: orderId: Invalid input: expected string',
    );
  });

  it('is refused when a text in it holds NUL, and not when it speaks of one', async () => {
    await expect(record((tx) => tx.record(Placed, { ...order, note: 'a\u0000b' }))).rejects.toThrow(
      'holds a NUL character',
    );
    await record((tx) => tx.record(Placed, { ...order, note: String.raw`a\u0000b` }));

    expect(await outbox()).toHaveLength(1);
  });

  it('is refused to all but the producer', async () => {
    await expect(record((tx) => tx.record(Authorized, order))).rejects.toThrow(
      'payment.authorized is sent by payment, not by order (libs/contracts/src/catalogue.ts)',
    );
  });

  it('is refused for an event that is not in the catalogue', async () => {
    await expect(record((tx) => tx.record({ ...Placed, type: 'order.lost' }, order))).rejects.toThrow(
      'order.lost is not in the catalogue: add it under "order" in libs/contracts/src/catalogue.ts',
    );
  });

  it('is refused when the transaction has ended', async () => {
    let kept: Transaction | undefined;
    await record((tx) => {
      kept = tx;
    });

    expect(() => kept?.record(Placed, order)).toThrow('order.placed was recorded after its transaction had ended');
    expect(await outbox()).toEqual([]);
  });
});
