import { eventually, type System, startSystem } from '@waybill/testing';
import { blocked, hold } from './held-tables';
import { endLeases } from './leases';
import { startLoad } from './load';
import { expectAllOnce } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

/** Deliveries that payment has in hand at a time: of order.placed as many as of order.confirmed. */
const inHand = 2 * 10;

test("while payment's database refuses it, its deliveries go back once and wait; afterwards all is processed, once", async () => {
  const load = startLoad(system);
  await load.more(10);
  const release = await hold(system, 'payment', 'inbox_message');
  await blocked(system, 'payment', 'inbox_message', 1);
  await refusePayment();
  await release();
  await system.payment.line(paused);
  const pausedAt = system.payment.position;
  await eventually('payment says that it is unavailable, and why', async () => {
    const { status, body } = await system.payment.get('/health/ready');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: {
        status: 'unavailable',
        checks: {
          database: { status: 'down', reason: expect.stringContaining('permission denied') },
          consuming: { status: 'up' },
          consumers: { status: 'down', reason: expect.stringContaining('payment.order-placed') },
          outbox: { status: 'down' },
        },
      },
    });
  });
  expect((await system.order.get('/health/ready')).body.status).toBe('ok');
  await load.more(10);
  await system.payment.line(/^The database does not answer yet/, pausedAt);
  const placed = await load.stop();
  expect(received(pausedAt)).toEqual([]);

  await endLeases(system, 'payment');
  await admitPayment();
  await system.payment.line(/^The database answers: consuming again$/);
  await expectAllOnce(system, placed);
  const times = received(0).map((id, _index, all) => all.filter((other) => other === id).length);
  expect(Math.max(...times)).toBe(2);
  expect(times.filter((count) => count === 2).length).toBeLessThanOrEqual(2 * inHand);
  expect(system.payment.log.values.filter(({ msg = '' }) => paused.test(msg))).toHaveLength(1);
});

const paused = /consuming is paused, deliveries go back to the broker and wait there$/;

/** Nothing of payment's can connect any more, and what is connected is cut. In a session without a lock on its tables. */
async function refusePayment(): Promise<void> {
  await system.sql('order', `revoke connect on database "${system.database}" from payment_service`);
  await system.sql(
    'order',
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'payment_service'`,
    [system.database],
  );
}

async function admitPayment(): Promise<void> {
  await system.sql('payment', `grant connect on database "${system.database}" to payment_service`);
}

/** Ids of the messages that payment received from a position of its log on, as often as it received them. */
function received(from: number): string[] {
  const steps = system.payment.log.values.slice(from).filter(({ step }) => step === 'received');
  return steps.map(({ messageId = '' }) => messageId);
}
