import {
  eventually,
  type OwnBroker,
  type ServiceProcess,
  type System,
  startOwnBroker,
  startSystem,
} from '@waybill/testing';
import { startLoad } from './load';
import { expectAllOnce, placeOrder, placeOrders } from './orders';

let broker: OwnBroker;
let system: System;
beforeAll(async () => {
  broker = await startOwnBroker();
  system = await startSystem({ broker });
});
afterAll(async () => {
  try {
    await system?.end();
  } finally {
    await broker?.end();
  }
});

const aLostBroker = expect.stringMatching(
  /^The (connection to the )?broker at 127\.0\.0\.1:\d+ (was lost|cannot be reached)/,
);

describe('while the broker is away', () => {
  const placed: string[] = [];
  beforeAll(async () => {
    placed.push(await placeOrder(system));
    await expectAllOnce(system, placed);
    await broker.stop();
  });

  test('orders are taken', async () => {
    placed.push(...(await placeOrders(system, 20)));
  });

  test('the order service is ready and says that it is degraded, and why', async () => {
    const { checks } = await answers(system.order, { status: 200, state: 'degraded' });
    expect(checks).toMatchObject({
      database: { status: 'up' },
      publishing: { status: 'down', reason: aLostBroker },
      consuming: { status: 'down', reason: aLostBroker },
      consumers: { status: 'down', reason: expect.stringContaining(system.queue('order.receipts')) },
      outbox: { status: 'up', pending: 20, oldestSeconds: expect.any(Number), parked: 0 },
    });
  });

  test('payment and warehouse are unavailable, and live', async () => {
    for (const consumer of [system.payment, system.warehouse]) {
      const { checks } = await answers(consumer, { status: 503, state: 'unavailable' });
      expect(checks).toMatchObject({ database: { status: 'up' }, consuming: { status: 'down', reason: aLostBroker } });
      expect((await consumer.get('/health/live')).status).toBe(200);
    }
  });

  test('the messages that wait are listed, and the journey shows them', async () => {
    const { messages } = (await system.order.get('/messages?state=pending')).body;
    expect(messages).toHaveLength(20);
    const pending = {
      type: 'order.placed',
      state: 'pending',
      outcome: null,
      attempts: 0,
      sentAt: null,
      confirmedAt: null,
    };
    expect(messages[0]).toMatchObject(pending);
    const { body: journey } = await system.order.get(`/orders/${placed[1]}/journey`);
    expect(journey).toMatchObject({ unavailable: [], messages: [pending] });
    const awaited = {
      state: 'awaited',
      attempts: 0,
      receivedAt: null,
      processedAt: null,
      receiptAt: null,
      error: null,
    };
    expect(journey.messages[0].deliveries).toEqual([
      { consumer: 'payment', ...awaited },
      { consumer: 'warehouse', ...awaited },
    ]);
  });

  test('SIGTERM ends each service cleanly and at once, and each can be started', async () => {
    for (const service of system.services) {
      const asked = performance.now();
      expect(await service.stop('SIGTERM')).toBe('exit code 0');
      expect(performance.now() - asked).toBeLessThan(5_000);
    }
    await Promise.all(system.services.map((service) => service.start()));
    placed.push(await placeOrder(system));
  });

  test('once it is back, all is signed for, nothing twice, and every service is ready', async () => {
    await broker.start();
    await expectAllOnce(system, placed);
    for (const service of system.services) await answers(service, { status: 200, state: 'ok' });
  });
});

test('a broker that is killed under load and comes back: every order is signed for, and none twice', async () => {
  const load = startLoad(system);
  await load.more(10);
  await broker.kill();
  await load.more(10);
  await broker.start();
  await expectAllOnce(system, [...(await load.stop()), await placeOrder(system)]);
});

/** Awaits that `/health/ready` says so. */
async function answers(service: ServiceProcess, expected: { status: number; state: string }) {
  return await eventually(`${service.name} is ${expected.state}`, async () => {
    const { status, body } = await service.get('/health/ready');
    expect({ status, body }).toMatchObject({ status: expected.status, body: { status: expected.state } });
    return body;
  });
}
