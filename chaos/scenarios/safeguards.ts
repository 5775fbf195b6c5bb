import type { ServiceName } from '@waybill/contracts';
import { services } from '@waybill/contracts';
import { eventually, type ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

/**
 * What was confirmed and is missed is asked for again, and that mends what other safeguards have let through. In scenarios that look at
 * one of those, nobody asks.
 */
const nobodyAsks = { OVERDUE_AFTER: '1h' };

/** Messages that a fault is to concern, at least. */
const several = 5;

/** The shortest ways to find out that a single safeguard is not there any more: `npm run chaos -- --mutations`. */
export const safeguardScenarios: readonly Scenario[] = [
  {
    name: 'sent-to-no-queue',
    family: 'broker',
    does: 'messages are sent while the only queue for them is gone and nobody is there to declare it; nobody asks for them later',
    env: nobodyAsks,
    run: async (arena) => {
      const { system, more, say } = arena;
      const { order, payment } = system;
      const queue = system.queue('order.payment-authorized');
      await payment.stop();
      await more(2 * several);
      await empty(arena, queue);
      await order.stop();
      await system.vhost.deleteQueue(queue);
      const from = payment.position;
      await payment.start();
      const sent = (step: string) => payment.steps({ type: 'payment.authorized', step }, from).length;
      await eventually(`${several} messages are sent to it`, () => {
        if (sent('returned') + sent('confirmed') < several) throw new Error('not yet');
      });
      say(`sent to no queue: ${sent('returned')} returned, ${sent('confirmed')} confirmed`);
      await order.start();
    },
  },
  {
    name: 'sent-and-never-answered',
    family: 'broker',
    does: 'the broker is killed while it has stood still and messages were sent to it; nobody asks for them later',
    env: nobodyAsks,
    run: async ({ broker, system, say }) => {
      const from = system.order.position;
      await broker.suspend();
      const claimed = await claimedBy(system.order, from, several);
      await broker.kill();
      say(`killed with ${claimed} messages sent and not answered`);
      await broker.start();
    },
  },
  {
    name: 'killed-in-hand',
    family: 'crash-points',
    does: 'each service is killed right before it commits the effect of a message; nobody asks for the message later',
    env: nobodyAsks,
    recoversWithin: 60,
    run: async (arena) => {
      for (const service of arena.random.shuffle(services)) {
        await killAt(arena, service, `before:processed:${arena.random.between(3, 10)}`);
      }
    },
  },
  {
    name: 'entry-killed',
    family: 'crash-points',
    does: 'the service that takes requests is killed before it commits one, after that and before it answers, and with messages sent',
    recoversWithin: 60,
    run: async (arena) => {
      for (const point of ['before:recorded', 'after:recorded', 'before:confirmed']) {
        await killAt(arena, 'order', `${point}:${arena.random.between(3, 10)}`);
      }
    },
  },
  {
    name: 'unbound',
    family: 'broker',
    does: 'one of the two bindings of a message is removed, and stays away',
    recoversWithin: 45,
    run: async ({ system, more, say }) => {
      const from = system.order.position;
      const queue = system.queue('warehouse.order-placed');
      await system.vhost.deleteBinding('waybill.events', queue, 'order.placed');
      await more(several);
      await system.order.step({ step: 'confirmed', type: 'order.placed' }, from);
      say('what one consumer alone got was confirmed');
    },
  },
  {
    name: 'consumer-cancelled',
    family: 'broker',
    does: 'a queue is deleted under its consumer, which the broker then cancels',
    recoversWithin: 45,
    run: async ({ system, more }) => {
      await system.vhost.deleteQueue(system.queue('payment.order-placed'));
      await more(several);
    },
  },
  {
    name: 'told-to-end',
    family: 'shutdown',
    does: 'each service gets SIGTERM with messages sent to a broker that takes its time',
    isProxied: true,
    run: async (arena) => {
      arena.proxies.broker.delay(slowly);
      for (const service of arena.random.shuffle(services)) await endWithMessagesOut(arena, service);
      await arena.proxies.broker.heal();
    },
  },
];

/** Milliseconds each way: at any moment some messages are on it. */
const slowly = 300;

/** @throws Error when it has left anything half done */
async function endWithMessagesOut({ system, say }: Arena, service: ServiceName): Promise<void> {
  const process = system[service];
  await process.step({ step: 'claimed' }, process.position);
  const how = await process.stop();
  const [left] = await system.sql<{ leased: number; started: number }>(
    service,
    `select (select count(*) from outbox_message where lease_until is not null)::int as leased,
       (select count(*) from inbox_message where attempts_started > attempts_finished)::int as started`,
  );
  say(`${service} has ended with ${how}, ${left?.leased} messages leased and ${left?.started} attempts begun`);
  await process.start();
  if (left?.leased !== 0 || left.started !== 0) throw new Error(`Messages were left half done by ${service}`);
}

async function killAt({ system, say }: Arena, service: ServiceName, point: string): Promise<void> {
  const process = system[service];
  await process.kill();
  await process.start({ CRASH_AT: point });
  const how = await process.ended();
  if (how !== 'SIGKILL') throw new Error(`${service} did not come to ${point}, but ended with ${how}`);
  say(`${service} was killed at ${point}`);
  await process.start();
}

/** Resolves with how many messages were claimed since then, once there are so many. */
async function claimedBy(process: ServiceProcess, from: number, count: number): Promise<number> {
  return await eventually(`${process.name} has claimed ${count} messages`, () => {
    const claimed = process.steps({ step: 'claimed' }, from).length;
    if (claimed < count) throw new Error(`it has claimed ${claimed}`);
    return claimed;
  });
}

/** Resolves when nothing is ready in a queue. */
async function empty({ system }: Arena, queue: string): Promise<void> {
  const channel = await system.vhost.channel();
  await eventually(`${queue} is empty`, async () => {
    const { messageCount } = await channel.checkQueue(queue);
    if (messageCount > 0) throw new Error(`there are ${messageCount} in it`);
  });
  await channel.close();
}
