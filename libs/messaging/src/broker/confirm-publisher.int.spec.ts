import type { PublishOutcome } from './publish-outcome';
import { type Bench, itOn43, message, messages, paymentQueue, setUp } from './setup.spec';
import { directExchange, eventsExchange } from './topology';

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

/** A queue that takes one message and refuses every further one; the producer may not tell it from others. */
async function fullQueue(): Promise<void> {
  const channel = await bench.vhost.channel();
  await channel.assertQueue('full', { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
  await channel.bindQueue('full', directExchange, 'full');
  await bench.vhost.publish(directExchange, 'full', 'the one');
}
const toFullQueue = { exchange: directExchange, routingKey: 'full' };
const unroutable = { exchange: directExchange, routingKey: 'nobody' };

const outcomesOf = (outcomes: PublishOutcome[]) => outcomes.map(({ outcome }) => outcome);

describe('a publish', () => {
  it('is confirmed, persistent, and carries its properties and the sender', async () => {
    const { publisher } = await bench.publisher();
    const sent = message({
      priority: 3,
      headers: { attempt: 7, traceparent: '00-1-2-03' },
      body: Buffer.from('{"a":1}'),
    });

    const outcome = await publisher.publish(sent);

    expect(outcome).toEqual({ outcome: 'confirmed', milliseconds: expect.any(Number) });
    const [received] = await bench.vhost.take(paymentQueue.name);
    expect(received?.content.toString()).toBe('{"a":1}');
    expect(received?.properties).toMatchObject({
      deliveryMode: 2,
      contentType: 'application/json',
      userId: bench.users.order,
      appId: 'order',
      messageId: sent.messageId,
      type: 'order.placed',
      priority: 3,
      correlationId: sent.correlationId,
      timestamp: expect.any(Number),
      headers: { attempt: 7, traceparent: '00-1-2-03', 'x-publish': expect.any(Number) },
    });
  });

  it('is returned when no queue is bound, though the broker acks it', async () => {
    const { publisher } = await bench.publisher();

    const outcomes = await Promise.all(
      messages(60).map((each, index) => publisher.publish(index % 3 === 1 ? { ...each, ...unroutable } : each)),
    );

    expect(outcomesOf(outcomes)).toEqual(outcomes.map((_, index) => (index % 3 === 1 ? 'returned' : 'confirmed')));
    expect(outcomes[1]).toEqual({ outcome: 'returned', reason: '312 NO_ROUTE' });
  });

  it('is nacked when the queue refuses it', async () => {
    await fullQueue();
    const { publisher } = await bench.publisher();

    expect(await publisher.publish(message(toFullQueue))).toMatchObject({ outcome: 'nacked' });
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
  });

  it('is disconnected at once while the publisher is not open', async () => {
    const { publisher, connection } = await bench.publisher();
    await connection.close();

    expect(await publisher.publish(message())).toMatchObject({ outcome: 'disconnected' });
    expect(publisher.inFlight).toBe(0);
  });

  it('ends with one outcome also when it does not fit into AMQP', async () => {
    const { publisher } = await bench.publisher();

    const outcome = await publisher.publish(message({ headers: { big: 'x'.repeat(70_000) } }));

    expect(outcome).toEqual({ outcome: 'disconnected', reason: expect.stringContaining('not sent') });
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
  });
});

describe('the window', () => {
  it('bounds what is in flight, and lets the rest follow in order', async () => {
    const { publisher } = await bench.publisher({ window: 10 });
    const sent = messages(200);

    const publishing = sent.map((each) => publisher.publish(each));

    expect(publisher.inFlight).toBe(10);
    const outcomes = await Promise.all(publishing);
    expect(new Set(outcomesOf(outcomes))).toEqual(new Set(['confirmed']));
    const received = await bench.vhost.take(paymentQueue.name);
    expect(received.map(({ properties }) => properties.messageId)).toEqual(sent.map(({ messageId }) => messageId));
  });

  it('does not keep those waiting for room when the connection goes', async () => {
    const { publisher, connection } = await bench.publisher({ window: 10 });

    const publishing = messages(50).map((each) => publisher.publish(each));
    void connection.close();

    const outcomes = await Promise.all(publishing);
    expect(outcomesOf(outcomes).slice(10)).toEqual(Array(40).fill('disconnected'));
  });
});

describe('a connection that is cut', () => {
  it('gives every publish one outcome, keeps what was confirmed, and comes back', async () => {
    const { publisher, opened } = await bench.publisher();
    const dropped = bench.vhost.dropConnections(bench.users.order);
    const settled: { id: string; outcome: PublishOutcome['outcome'] }[] = [];
    let sent = 0;
    const cut = () => settled.some(({ outcome }) => outcome === 'disconnected');
    while (!cut()) {
      const batch = messages(500);
      sent += batch.length;
      await Promise.all(
        batch.map(async (each) => {
          const { outcome } = await publisher.publish(each);
          settled.push({ id: each.messageId, outcome });
        }),
      );
    }
    await dropped;

    expect(settled).toHaveLength(sent);
    expect(publisher.inFlight).toBe(0);
    await opened();
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
    const received = new Set((await bench.vhost.take(paymentQueue.name)).map(({ properties }) => properties.messageId));
    const missing = settled.filter(({ id, outcome }) => outcome === 'confirmed' && !received.has(id));
    expect(missing).toEqual([]);
  });
});

describe('a channel that the broker closes', () => {
  it('is faulty while an exchange is missing, says what to do, and opens when it is back', async () => {
    const { publisher, states } = await bench.publisher();
    await bench.vhost.deleteExchange(eventsExchange);

    const outcome = await publisher.publish(message());

    expect(outcome).toMatchObject({ outcome: 'disconnected', code: 404 });
    const faulty = await states.until(({ status }) => status === 'faulty');
    expect(faulty.reason).toContain(`no exchange '${eventsExchange}'`);
    expect(faulty.reason).toContain('run the provision job');

    const ready = new Promise<void>((resolve) => publisher.onReady(resolve));
    const channel = await bench.vhost.channel();
    await channel.assertExchange(eventsExchange, 'topic');
    await channel.bindQueue(paymentQueue.name, eventsExchange, 'order.placed');
    await ready;
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
  });

  it('is faulty from the start when an exchange is missing', async () => {
    await bench.vhost.deleteExchange(directExchange);

    const { publisher, opened } = await bench.publisher({}, 'faulty');

    expect(await publisher.publish(message())).toMatchObject({
      outcome: 'disconnected',
      reason: publisher.state.reason,
    });
    await (await bench.vhost.channel()).assertExchange(directExchange, 'direct');
    await opened();
  });

  it('is faulty while the permission is withdrawn, and works again when it is given back', async () => {
    await bench.vhost.permit(bench.users.order, { configure: '^$', write: '^$', read: '.*' });
    const { publisher, states, opened } = await bench.publisher();

    const outcome = await publisher.publish(message());

    expect(outcome).toMatchObject({ outcome: 'disconnected', code: 403 });
    const faulty = await states.until(({ status }) => status === 'faulty');
    expect(faulty.reason).toContain(`run the provision job, which gives ${bench.users.order} its permissions`);

    await bench.vhost.permit(bench.users.order, { configure: '^$', write: '.*', read: '.*' });
    // It may have opened once more before that, and found itself refused again.
    do await opened();
    while ((await publisher.publish(message())).outcome !== 'confirmed');
  });

  // Before 4.0 the limit was 128 MiB.
  itOn43('names the code when a message itself is at fault, for all that were in flight', async () => {
    const { publisher, opened } = await bench.publisher();
    const tooLarge = message({ body: Buffer.alloc(16 * 1024 * 1024 + 1) });

    const outcomes = await Promise.all([publisher.publish(tooLarge), publisher.publish(message())]);

    expect(outcomes[0]).toMatchObject({
      outcome: 'disconnected',
      code: 406,
      reason: expect.stringContaining('larger'),
    });
    expect(publisher.rejection(tooLarge)).toContain('16777217 bytes');
    await opened();
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
  });

  it('is what becomes of a forged sender', async () => {
    const { connection } = await bench.publisher();
    const channel = await connection.connection?.createConfirmChannel();
    const closed = new Promise<Error>((resolve) => channel?.on('error', resolve));

    channel?.publish(eventsExchange, 'order.placed', Buffer.from('{}'), { userId: bench.users.payment });

    expect((await closed).message).toContain(`user_id property set to '${bench.users.payment}'`);
  });
});

describe('a streak of nacks', () => {
  it('reopens the channel, and every publish still has its outcome', async () => {
    await fullQueue();
    const { publisher, states, opened } = await bench.publisher();

    const outcomes = outcomesOf(await Promise.all(messages(400, toFullQueue).map((each) => publisher.publish(each))));

    // A broker may have answered all 400 before the channel closes: what it had not is disconnected.
    expect(outcomes.filter((outcome) => outcome === 'nacked').length).toBeGreaterThanOrEqual(300);
    expect(outcomes.filter((outcome) => outcome !== 'nacked' && outcome !== 'disconnected')).toEqual([]);
    const closed = await states.until(({ status }) => status === 'closed', 1);
    expect(closed.reason).toContain('300 nacks without an ack');
    await opened();
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
  });

  it('is no streak with acks between', async () => {
    await fullQueue();
    const { publisher } = await bench.publisher();

    for (let round = 0; round < 4; round++) {
      const refused = await Promise.all(messages(100, toFullQueue).map((each) => publisher.publish(each)));
      expect(new Set(outcomesOf(refused))).toEqual(new Set(['nacked']));
      expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
    }
  });
});

describe('closing', () => {
  it('awaits the outcomes of what is in flight and takes no more', async () => {
    const { publisher } = await bench.publisher();
    const publishing = messages(1_500).map((each) => publisher.publish(each));

    const closing = publisher.close(10_000);
    const late = publisher.publish(message());

    expect(new Set(outcomesOf(await Promise.all(publishing)))).toEqual(new Set(['confirmed']));
    expect(await late).toEqual({ outcome: 'disconnected', reason: 'The publisher is closed' });
    await closing;
    expect(publisher.state).toEqual({ status: 'closed', reason: 'The publisher is closed' });
  });
});

describe('waiting', () => {
  it('counts what is ready in a consumer’s queue and who consumes it', async () => {
    const { publisher } = await bench.publisher();
    await Promise.all(messages(3).map((each) => publisher.publish(each)));

    expect(await publisher.waiting(paymentQueue.name)).toEqual({ messages: 3, consumers: 0 });
  });

  it('tells that a queue is missing, and disturbs no publish', async () => {
    const { publisher } = await bench.publisher();
    await bench.vhost.deleteQueue(paymentQueue.name);

    expect(await publisher.waiting(paymentQueue.name)).toBe('missing');
    expect(publisher.state.status).toBe('open');
  });

  itOn43('is refused for a queue of others', async () => {
    const { publisher } = await bench.publisher();
    await (await bench.vhost.channel()).assertQueue('elsewhere');

    expect(await publisher.waiting('elsewhere')).toBe('refused');
    expect(publisher.state.status).toBe('open');
  });
});
