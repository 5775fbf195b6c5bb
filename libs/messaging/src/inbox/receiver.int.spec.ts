import { v7 as uuidv7 } from 'uuid';
import { PermanentError } from '../permanent-error';
import { Authorized, Placed } from '../setup.spec';
import { behaviour, effect, effects, inboxRow, order, setRow, useHarness, writeEffect } from './setup.spec';

const payment = useHarness();

describe('a message', () => {
  it('has its effect, its inbox row and its events committed together', async () => {
    behaviour.handle = (data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        tx.record(Authorized, data);
      });

    const { state, messageId, recordedOf } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('processed');
    expect(recordedOf(Authorized)).toEqual([order]);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      consumer: 'payment',
      producer: 'order',
      type: 'order.placed',
      version: 1,
      priority: 2,
      correlation_id: 'order-1',
      state: 'processed',
      attempts_started: 1,
      attempts_finished: 1,
      processed_at: expect.any(Date),
      body: null,
      properties: null,
      receipt_seq: 1,
      receipt_sent_seq: 0,
    });
  });

  it('hands its correlation, its id and its priority on to what its handler records, unless that says otherwise', async () => {
    behaviour.handle = (data, delivery) =>
      delivery.transaction(async (tx) => {
        tx.record(Authorized, data);
        tx.record(Authorized, data, { priority: 'bulk', aggregateVersion: 9 });
      });

    const { recorded, messageId } = await payment.harness.deliver(Placed, order, {
      priority: 'urgent',
      correlationId: 'the-flow',
    });

    const inherited = { correlationId: 'the-flow', causationId: messageId, aggregateId: 'order-1' };
    expect(recorded).toMatchObject([
      { event: Authorized, ...inherited, priority: 'urgent', aggregateVersion: null },
      { event: Authorized, ...inherited, priority: 'bulk', aggregateVersion: 9 },
    ]);
  });

  it('is signed for when its handler has no effect on the database', async () => {
    behaviour.handle = async () => undefined;

    const { state, messageId } = await payment.harness.deliver(Placed, order);

    expect([state, (await inboxRow(payment.harness, messageId)).state]).toEqual(['processed', 'processed']);
  });

  it('is taken for received when it came, not when it was done', async () => {
    behaviour.handle = (_data, delivery) => delivery.transaction((tx) => tx.manager.query('select pg_sleep(0.2)'));

    const { messageId } = await payment.harness.deliver(Placed, order);

    const [{ waited }] = await payment.harness.dataSource.query(
      'select extract(epoch from processed_at - received_at)::float8 as waited from inbox_message where message_id = $1',
      [messageId],
    );
    expect(waited).toBeLessThan(0.2);
    behaviour.handle = async (_data, delivery) => {
      await payment.harness.dataSource.query('select pg_sleep(0.2)');
      await delivery.transaction(async () => undefined);
    };
    const late = await payment.harness.deliver(Placed, order);
    const [{ before }] = await payment.harness.dataSource.query(
      'select extract(epoch from processed_at - received_at)::float8 as before from inbox_message where message_id = $1',
      [late.messageId],
    );
    expect(before).toBeGreaterThanOrEqual(0.2);
  });
});

describe('a duplicate', () => {
  it('has no effect, and has the receipt sent again', async () => {
    const first = await payment.harness.deliver(Placed, order);
    await setRow(payment.harness, first.messageId, 'receipt_sent_seq = receipt_seq');

    const { state } = await payment.harness.deliver(Placed, order, { messageId: first.messageId });

    expect(state).toBe('duplicate');
    expect(await effects(payment.harness)).toEqual({ [first.messageId]: 1 });
    expect(await inboxRow(payment.harness, first.messageId)).toMatchObject({ receipt_seq: 2, receipt_sent_seq: 1 });
  });

  it('has no effect, though fifty come at once', async () => {
    const messageId = uuidv7();

    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        payment.harness.deliver(Placed, order, { messageId, redelivered: index % 5 === 0 }),
      ),
    );

    const states = results.map(({ state }) => state).sort();
    expect(states).toEqual([...Array(49).fill('duplicate'), 'processed']);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
  });

  it('of one that waits for its next attempt makes none, and changes nothing', async () => {
    behaviour.handle = async () => {
      throw new Error('not yet');
    };
    const { messageId } = await payment.harness.deliver(Placed, order);
    const before = await inboxRow(payment.harness, messageId);

    const { state } = await payment.harness.deliver(Placed, order, { messageId });

    expect(state).toBe('duplicate');
    const { receipt_seq, receipt_due_at, ...after } = await inboxRow(payment.harness, messageId);
    expect(before).toMatchObject(after);
    expect(receipt_seq).toBe(before.receipt_seq + 1);
  });
});

describe('a failure', () => {
  it('leaves nothing but the schedule of the next attempt, with what is needed for it', async () => {
    behaviour.handle = (data, delivery) =>
      delivery.transaction(async (tx) => {
        await effect(tx, delivery);
        tx.record(Authorized, data);
        throw new Error('no\u0000 money');
      });
    const message = payment.harness.message(Placed, order, { priority: 'high' });

    const result = await payment.harness.receive(Placed, message);

    expect(result).toMatchObject({ state: 'retrying', error: 'Error: no money', recorded: [] });
    expect(await effects(payment.harness)).toEqual({});
    const row = await inboxRow(payment.harness, result.messageId);
    expect(row).toMatchObject({
      state: 'retrying',
      priority: 3,
      attempts_started: 1,
      attempts_finished: 1,
      attempts_allowed: 3,
      error: 'Error: no money',
      body: message.body,
      properties: { messageId: result.messageId, userId: 'order', headers: { version: 1 } },
      receipt_seq: 1,
    });
    const wait = Number(row.due_at) - Date.now();
    expect(wait).toBeGreaterThan(-500);
    expect(wait).toBeLessThanOrEqual(1_000);
  });

  it('that is permanent is a dead letter at once', async () => {
    behaviour.handle = async () => {
      throw new PermanentError('no such customer');
    };

    const { state, error, messageId } = await payment.harness.deliver(Placed, order);

    expect([state, error]).toEqual(['dead', 'PermanentError: no such customer']);
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'dead',
      due_at: null,
      attempts_finished: 1,
    });
  });

  it.each([
    ['40P01', 'a deadlock'],
    ['55P03', 'a lock timeout'],
    ['40001', 'a serialization failure'],
    ['53100', 'a full disk'],
    ['53300', 'too many connections'],
    ['25006', 'a database that takes no writes'],
    ['57P01', 'a server that shuts down'],
  ])('by %s (%s) is no attempt', async (code) => {
    behaviour.handle = (_data, delivery) =>
      delivery.transaction((tx) =>
        tx.manager.query(`do $$ begin raise exception 'busy' using errcode = '${code}'; end $$`),
      );

    const { state, messageId } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('retrying');
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ attempts_started: 0, attempts_finished: 0 });
    behaviour.handle = async (_data, delivery) => expect(delivery.attempt).toBe(1);
    expect(await payment.harness.retry(messageId)).toMatchObject({ state: 'processed' });
  });

  it('for want of a connection is no attempt', async () => {
    const runners = Array.from({ length: 10 }, () => payment.harness.dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    behaviour.handle = async (data, delivery) => {
      try {
        await writeEffect(data, delivery);
      } finally {
        await Promise.all(runners.map((runner) => runner.release()));
      }
    };

    const { state, error, messageId } = await payment.harness.deliver(Placed, order);

    expect([state, error]).toEqual(['retrying', 'Error: timeout exceeded when trying to connect']);
    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ attempts_started: 0, attempts_finished: 0 });
  });

  it('after the effect was committed is none', async () => {
    behaviour.handle = async (_data, delivery) => {
      await delivery.transaction((tx) => effect(tx, delivery));
      throw new Error('the mail could not be sent');
    };

    const { state, messageId } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('processed');
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
  });
});

describe('where one attempt is allowed', () => {
  const strict = useHarness({ settings: { maxAttempts: 1 } });

  it('the first failure is the last, and a deadlock is none', async () => {
    behaviour.handle = async () => {
      throw new Error('no');
    };
    expect(await strict.harness.deliver(Placed, order)).toMatchObject({ state: 'dead' });

    behaviour.handle = (_data, delivery) =>
      delivery.transaction((tx) => tx.manager.query(`do $$ begin raise exception 'x' using errcode = '40P01'; end $$`));
    expect(await strict.harness.deliver(Placed, order)).toMatchObject({ state: 'retrying' });
  });
});
