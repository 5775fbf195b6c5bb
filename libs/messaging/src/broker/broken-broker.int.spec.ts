import { type OwnBroker, startOwnBroker } from '@waybill/testing';
import { type Bench, message, messages, paymentQueue, setUp } from './setup.spec';

// What can only be done to a broker that nobody else uses: alarms, kill -9, a broker that has stopped answering.

let broker: OwnBroker;
let bench: Bench;
beforeAll(async () => {
  broker = await startOwnBroker();
}, 120_000);
afterAll(() => broker.end());
beforeEach(async () => {
  bench = await setUp(broker);
});
afterEach(() => bench.tearDown());

const raiseAlarm = () => broker.control('set_vm_memory_high_watermark', 'absolute', '1');
const clearAlarm = () => broker.control('set_vm_memory_high_watermark', 'absolute', '1GB');
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('an alarm at the broker', () => {
  afterEach(clearAlarm);

  it('blocks publishing: what is in flight neither times out nor is lost, what comes then is turned away', async () => {
    const { publisher, states, connection } = await bench.publisher({ confirmTimeout: 2_000 });
    await raiseAlarm();
    const settled: string[] = [];

    const inFlight = messages(1_000, { body: Buffer.alloc(2_000, 0x20) }).map(async (each) => {
      const { outcome } = await publisher.publish(each);
      settled.push(outcome);
      return outcome;
    });
    const blocked = await states.until(({ status }) => status === 'blocked');
    expect(blocked.reason).toContain('alarm');
    expect(connection.state.status).toBe('blocked');
    const before = settled.length;
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'disconnected', reason: blocked.reason });
    expect(await publisher.waiting(paymentQueue.name)).toBe('disconnected');
    await later(3_000); // Longer than the confirm timeout.
    expect(settled.slice(before)).toEqual([]);

    const unblocked = new Promise<void>((resolve) => publisher.onReady(resolve));
    await clearAlarm();
    await unblocked;

    expect(new Set(await Promise.all(inFlight))).toEqual(new Set(['confirmed']));
  });

  it('does not hold up closing', async () => {
    const { publisher, states, connection } = await bench.publisher();
    await raiseAlarm();
    const publishing = publisher.publish(message());
    await states.until(({ status }) => status === 'blocked');

    await publisher.close(100);
    await connection.close();

    expect(await publishing).toMatchObject({ outcome: 'disconnected' });
  });

  it('does not stop consuming', async () => {
    const { publisher } = await bench.publisher();
    const sent = messages(5);
    await Promise.all(sent.map((each) => publisher.publish(each)));
    await raiseAlarm();

    const { deliveries, subscription } = await bench.subscription();

    await deliveries.first(5);
    await subscription.stop();
    expect(await bench.vhost.take(paymentQueue.name)).toEqual([]);
  });
});

describe('a broker that does not answer', () => {
  afterEach(() => broker.resume());

  it('lets a publish time out; a confirm that comes after that changes nothing', async () => {
    const { publisher } = await bench.publisher({ confirmTimeout: 400 });
    await broker.suspend();

    const outcomes = await Promise.all(messages(3).map((each) => publisher.publish(each)));

    expect(outcomes).toEqual(Array(3).fill({ outcome: 'timed-out', reason: 'no confirm within 400 ms' }));
    expect(publisher.inFlight).toBe(0);
    await broker.resume();
    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
    expect(await bench.vhost.take(paymentQueue.name)).toHaveLength(4);
  });

  it('does not hold up closing', async () => {
    const { publisher, connection } = await bench.publisher();
    await broker.suspend();
    const publishing = messages(10).map((each) => publisher.publish(each));

    await publisher.close(200);
    await connection.close();

    expect(new Set((await Promise.all(publishing)).map(({ outcome }) => outcome))).toEqual(new Set(['disconnected']));
  });
});

describe('a broker that is killed', () => {
  it('leaves every publish with one outcome, keeps all it confirmed, and is found again', async () => {
    const { publisher, states, opened } = await bench.publisher();
    const settled = new Map<string, string>();
    const publish = async (count: number) => {
      await Promise.all(
        messages(count).map(async (each) => {
          const { outcome } = await publisher.publish(each);
          expect(settled.has(each.messageId)).toBe(false);
          settled.set(each.messageId, outcome);
        }),
      );
    };
    await later(1_000); // A quorum queue that was declared within the last second would itself be lost with a killed broker.

    const killed = broker.kill();
    while (![...settled.values()].includes('disconnected')) await publish(500);
    await killed;

    expect(publisher.inFlight).toBe(0);
    await states.until(({ reason }) => reason?.includes('ECONNREFUSED') === true);
    await broker.start();
    await opened();
    await publish(1);
    const received = new Set((await bench.vhost.take(paymentQueue.name)).map(({ properties }) => properties.messageId));
    expect([...settled].filter(([id, outcome]) => outcome === 'confirmed' && !received.has(id))).toEqual([]);
  }, 60_000);

  it('does not hold up starting, and what was started goes on when it comes', async () => {
    await broker.stop();
    const connecting = bench.connect('order', 'publish');
    await connecting.states.until(({ reason }) => reason !== undefined);

    const opening = [bench.publisher(), bench.subscription()] as const;
    await broker.start();
    const [{ publisher }, { deliveries }] = await Promise.all(opening);

    expect(await publisher.publish(message())).toMatchObject({ outcome: 'confirmed' });
    await deliveries.first(1);
  }, 60_000);
});
