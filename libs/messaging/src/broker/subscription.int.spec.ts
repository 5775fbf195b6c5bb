import { Recorder } from '@waybill/testing';
import type { Channel } from 'amqplib';
import { declareQueue } from './declare-topology';
import { type Bench, gate, message, messages, paymentQueue, setUp } from './setup.spec';
import type { Verdict } from './subscription';

let bench: Bench;
let unhandled: unknown[];
const onUnhandled = (reason: unknown) => unhandled.push(reason);
beforeEach(async () => {
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
  bench = await setUp();
});
afterEach(async () => {
  await bench.tearDown();
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

/** Publishes and awaits the confirms. */
async function send(sent = [message()]): Promise<string[]> {
  const { publisher } = await bench.publisher();
  for (const outcome of await Promise.all(sent.map((each) => publisher.publish(each)))) {
    expect(outcome).toMatchObject({ outcome: 'confirmed' });
  }
  return sent.map(({ messageId }) => messageId);
}

/** Ids of what is ready in the queue; of `count`, where some may still be on their way back into it. */
const waiting = async (count?: number) =>
  (await bench.vhost.take(paymentQueue.name, count)).map(({ properties }) => properties.messageId);

describe('a delivery', () => {
  it('is acked after its handler', async () => {
    const { deliveries, subscription } = await bench.subscription();
    const ids = await send(messages(30));

    expect((await deliveries.first(30)).map(({ id, redelivered }) => [id, redelivered])).toEqual(
      ids.map((id) => [id, false]),
    );
    await subscription.stop();
    expect(await waiting()).toEqual([]);
  });

  it('is told as answered when its ack is sent, or when it is to go back', async () => {
    const answers = new Recorder<Verdict>();
    let taken = 0;
    const { deliveries } = await bench.subscription({
      onDelivery: async () => (++taken === 1 ? 'return' : 'ack'),
      onAnswered: (_message, verdict) => answers.record(verdict),
    });
    await send();

    await answers.first(2);
    expect(answers.values).toEqual(['return', 'ack']);
    expect(deliveries.values).toHaveLength(2);
  });

  it('is one of no more than prefetch in hand', async () => {
    const held = gate<Verdict>();
    const { deliveries, subscription } = await bench.subscription({ prefetch: 3, onDelivery: () => held.opened });
    await send(messages(5));
    await deliveries.first(3);

    const stopped = subscription.stop();
    held.open('ack');
    await stopped;

    expect(deliveries.values).toHaveLength(3);
    expect(await waiting()).toHaveLength(2);
  });

  it('whose handler throws goes back, and is not tried in a hot loop', async () => {
    const failure = new Error('no database');
    let attempts = 0;
    const { deliveries, states } = await bench.subscription({
      onDelivery: async () => {
        if (++attempts < 4) throw failure;
        return 'ack';
      },
    });
    const [id] = await send();

    const [first, second, third, fourth] = await deliveries.first(4);

    expect(fourth).toMatchObject({ id, redelivered: true });
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(250);
    expect(Number(third?.at) - Number(second?.at)).toBeGreaterThanOrEqual(500);
    expect(Number(fourth?.at) - Number(third?.at)).toBeGreaterThanOrEqual(1_000);
    const troubled = await states.until(({ error }) => error !== undefined);
    expect(troubled).toMatchObject({ status: 'opening', error: failure });
    expect(troubled.reason).toContain('no database');
  });

  it('that is given back goes back together with all others that were taken, each once', async () => {
    const held = gate<Verdict>();
    let taken = 0;
    const { deliveries } = await bench.subscription({
      prefetch: 3,
      onDelivery: async () => (++taken <= 3 ? held.opened : 'ack'),
    });
    const ids = await send(messages(3));
    await deliveries.first(3);
    held.open('return');

    const again = (await deliveries.first(6)).slice(3);

    expect(again.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(again.every(({ redelivered }) => redelivered)).toBe(true);
  });
});

describe('consuming goes on after', () => {
  it('the queue was deleted: it is declared and bound again', async () => {
    const { deliveries, states } = await bench.subscription();
    const before = states.values.length;

    await bench.vhost.deleteQueue(paymentQueue.name);

    const again = await states.until(({ status }) => status === 'consuming', before);
    expect(again.reason).toContain(`the consumer of ${paymentQueue.name} (most likely the queue was deleted, or `);
    const [id] = await send();
    expect(await deliveries.until((each) => each.id === id)).toMatchObject({ redelivered: false });
  });

  it('the broker closed the channel', async () => {
    let opened: Channel | undefined;
    const { deliveries, states } = await bench.subscription({
      prepare: (channel) => {
        opened = channel;
        return declareQueue(channel, paymentQueue);
      },
    });
    const before = states.values.length;

    opened?.ack({ fields: { deliveryTag: 999 } } as never);

    await states.until(({ status }) => status === 'consuming', before);
    expect(states.values[before]).toMatchObject({
      status: 'opening',
      reason: expect.stringContaining('unknown delivery tag'),
    });
    const [id] = await send();
    await deliveries.until((each) => each.id === id);
  });

  it('the connection was lost; the ack of a delivery in hand does nothing, and it comes again', async () => {
    const held = gate<Verdict>();
    const answered = new Recorder<boolean>();
    const { deliveries, states } = await bench.subscription({
      onDelivery: (_, redelivered) => (redelivered ? Promise.resolve('ack') : held.opened),
      onAnswered: ({ fields }) => answered.record(fields.redelivered),
    });
    const [id] = await send();
    await deliveries.first(1);
    const before = states.values.length;

    await bench.vhost.dropConnections(bench.users.payment);
    await states.until(({ status }) => status === 'opening', before);
    held.open('ack');

    expect((await deliveries.first(2))[1]).toMatchObject({ id, redelivered: true });
    const again = await states.until(({ status }) => status === 'consuming', before);
    expect(again).toMatchObject({ reason: expect.stringContaining('connection'), error: undefined });
    expect(await answered.first(1)).toEqual([true]);
  });

  it('making it ready has failed', async () => {
    let attempts = 0;
    const { deliveries, states } = await bench.subscription({
      prepare: async (channel) => {
        if (++attempts < 3) await channel.checkExchange('payment.not-there-yet');
        await declareQueue(channel, paymentQueue);
      },
    });

    expect(states.values).toContainEqual({
      status: 'opening',
      reason: expect.stringContaining("no exchange 'payment.not-there-yet'"),
    });
    const [id] = await send();
    await deliveries.until((each) => each.id === id);
  });
});

describe('pausing', () => {
  it('ends what is in hand, gives the rest back once, and resuming takes it again', async () => {
    const held = gate<Verdict>();
    const { deliveries, subscription, states } = await bench.subscription({
      prefetch: 3,
      onDelivery: (_, redelivered) => (redelivered ? Promise.resolve('ack') : held.opened),
    });
    const ids = await send(messages(4));
    await deliveries.first(3);

    const paused = subscription.pause('the database is away');
    expect(subscription.state).toEqual({ status: 'paused', reason: 'the database is away' });
    held.open('return');
    await paused;
    expect(deliveries.values).toHaveLength(3);

    subscription.resume();
    const again = await deliveries.first(7);

    expect(new Set(again.slice(3).map(({ id }) => id))).toEqual(new Set(ids));
    expect(states.values).toEqual([
      { status: 'opening' },
      { status: 'consuming' },
      { status: 'paused', reason: 'the database is away' },
      { status: 'opening' },
      { status: 'consuming' },
    ]);
  });

  it('holds through a lost connection', async () => {
    const { deliveries, subscription, connectionStates } = await bench.subscription();
    await subscription.pause('for the test');
    const before = connectionStates.values.length;
    await bench.vhost.dropConnections(bench.users.payment);
    await connectionStates.until(({ status }) => status === 'connected', before);
    const ids = await send();

    expect(await waiting()).toEqual(ids);
    expect(deliveries.values).toEqual([]);
    expect(subscription.state.status).toBe('paused');
  });
});

describe('stopping', () => {
  it('awaits the handlers in hand, acks them, and takes no more', async () => {
    const held = gate<Verdict>();
    const { deliveries, subscription } = await bench.subscription({ prefetch: 2, onDelivery: () => held.opened });
    const ids = await send(messages(3));
    await deliveries.first(2);

    const stopped = subscription.stop();
    const [late] = await send();
    held.open('ack');
    await stopped;

    expect(await waiting()).toEqual([ids[2], late]);
    expect(deliveries.values).toHaveLength(2);
  });

  it('while it is opened again awaits the handlers in hand, and takes nothing from the new channel', async () => {
    const held = gate<Verdict>();
    const openedAgain = gate();
    const prepared = gate();
    const order: string[] = [];
    let openings = 0;
    const { deliveries, subscription } = await bench.subscription({
      prepare: async (channel) => {
        await declareQueue(channel, paymentQueue);
        if (++openings === 1) return;
        openedAgain.open();
        await prepared.opened;
      },
      onDelivery: async () => {
        const verdict = await held.opened;
        order.push('handled');
        return verdict;
      },
    });
    const ids = await send();
    await deliveries.first(1);
    await bench.vhost.dropConnections(bench.users.payment);
    await openedAgain.opened;

    const stopped = subscription.stop().then(() => order.push('stopped'));
    prepared.open();
    expect(await waiting(1)).toEqual(ids);
    held.open('ack');
    await stopped;

    expect(order).toEqual(['handled', 'stopped']);
    expect(deliveries.values).toHaveLength(1);
  });

  it('takes in nothing more from that moment on, whatever the broker has sent already', async () => {
    let stop = async () => {};
    const stopping = gate<{ done: Promise<void> }>();
    const { deliveries, subscription } = await bench.subscription({
      onDelivery: async () => {
        stopping.open({ done: stop() });
        return 'ack';
      },
    });
    stop = () => subscription.stop();
    await subscription.pause('until all ten wait');
    const ids = await send(messages(10));

    subscription.resume();
    await (await stopping.opened).done;

    expect(deliveries.values.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect((await waiting(9)).sort()).toEqual(ids.slice(1).sort());
  });

  it('ends also when the connection goes meanwhile', async () => {
    const held = gate<Verdict>();
    const { deliveries, subscription, connection, connectionStates } = await bench.subscription({
      onDelivery: () => held.opened,
    });
    const ids = await send();
    await deliveries.first(1);

    const stopped = subscription.stop();
    const before = connectionStates.values.length;
    await bench.vhost.dropConnections(bench.users.payment);
    await connectionStates.until(({ status }) => status === 'connected', before);
    held.open('ack');
    await stopped;

    expect(connection.state.status).toBe('connected');
    expect(await waiting(1)).toEqual(ids);
  });
});

describe('priorities', () => {
  it.each([1, 10])(
    'are strict with a prefetch of %i: five levels, in order of sending within each',
    async (prefetch) => {
      const sent = Array.from({ length: 50 }, (_, index) => message({ priority: (index * 3) % 5 }));
      await send(sent);

      const { deliveries } = await bench.subscription({ prefetch });

      const received = await deliveries.first(50);
      const expected = [4, 3, 2, 1, 0].flatMap((level) => sent.filter(({ priority }) => priority === level));
      expect(received.map(({ id }) => id)).toEqual(expected.map(({ messageId }) => messageId));
    },
  );
});
