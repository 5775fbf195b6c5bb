import { services } from '@waybill/contracts';
import type { FaultProxy } from '@waybill/testing';
import type { Arena } from '../arena';
import { everyProcess } from '../arena';
import { LogWatch } from '../log-watch';
import { median } from '../median';
import type { Scenario } from '../scenario';
import { connectionsEach } from './broker-sight';

const lost = /connection to the broker at \S+ was lost/i;

const back = /Broker connection \S+ \S+: connected/;

/** Milliseconds each way. A publish and its confirm take twice as long. */
const latency = 200;

const resets = 10;

/** What befalls the way between the services and the broker. */
export const brokerNetworkScenarios: readonly Scenario[] = [
  {
    name: 'broker-black-hole',
    family: 'network',
    does: 'nothing passes to or from the broker, until every service has noticed by its heartbeats',
    isProxied: true,
    run: (arena) => untilNoticed(arena, (proxy) => proxy.blackHole()),
  },
  {
    name: 'broker-one-way',
    family: 'network',
    does: 'nothing reaches the services from the broker, and then the other way round',
    isProxied: true,
    run: async (arena) => {
      arena.say('towards the services');
      const watch = new LogWatch(arena);
      await untilNoticed(arena, (proxy) => proxy.dropTowardsClient());
      // A service that is still connecting has no connection to lose.
      await watch.saidByAll(back, { times: connectionsEach });
      await arena.more(10);
      arena.say('towards the broker');
      await untilNoticed(arena, (proxy) => proxy.dropTowardsServer());
    },
  },
  {
    name: 'broker-resets',
    family: 'network',
    does: `all connections to the broker are reset ${resets} times, and then nobody listens there for a while`,
    isProxied: true,
    run: async (arena) => {
      const { proxies, random, more, say } = arena;
      const watch = new LogWatch(arena);
      for (let turn = 1; turn <= resets; turn++) {
        await more(random.between(1, 10));
        proxies.broker.reset();
      }
      await watch.saidByAll(lost);
      const losses = services.map((service) => `${service} ${watch.count(service, lost)}`);
      await proxies.broker.refuse();
      say(`reset ${resets} times (connections lost: ${losses.join(', ')}), now refused`);
      await new LogWatch(arena).saidByAll(/ECONNREFUSED|nobody listens|cannot be reached/i);
      await more(20);
      await proxies.broker.heal();
    },
  },
  {
    name: 'broker-slow-network',
    family: 'network',
    does: `the broker is ${latency} ms away, and then its bytes come one at a time`,
    isProxied: true,
    rate: 3,
    run: async (arena) => {
      const { proxies, more, say } = arena;
      const before = confirmTimes(arena, startOf(arena));
      proxies.broker.delay(latency);
      const from = positionsOf(arena);
      await more(30);
      const slow = confirmTimes(arena, from);
      say(`confirmed after ${median(before)} ms before, ${median(slow)} ms with ${latency} ms each way`);
      if (median(slow) < 2 * latency) throw new Error('The network was not slow');
      proxies.broker.trickle();
      const trickled = positionsOf(arena);
      await more(15);
      const times = confirmTimes(arena, trickled);
      if (times.length === 0) throw new Error('Nothing was confirmed byte by byte');
      say(`byte by byte: ${times.length} messages were confirmed, after ${median(times)} ms`);
      await proxies.broker.heal();
    },
  },
];

/** Lasts until every service has lost its connections, and orders were taken meanwhile. */
async function untilNoticed(arena: Arena, fault: (proxy: FaultProxy) => void): Promise<void> {
  const { proxies, more, say } = arena;
  const watch = new LogWatch(arena);
  const startedAt = performance.now();
  fault(proxies.broker);
  await watch.saidByAll(lost);
  const noticed = (performance.now() - startedAt) / 1_000;
  await more(20);
  say(`noticed by all within ${noticed.toFixed(1)} s; orders were taken meanwhile`);
  await proxies.broker.heal();
}

type Positions = ReadonlyMap<string, number>;

function startOf(arena: Arena): Positions {
  return new Map(everyProcess(arena).map(({ url }) => [url, 0]));
}

function positionsOf(arena: Arena): Positions {
  return new Map(everyProcess(arena).map(({ url, position }) => [url, position]));
}

/** Milliseconds from publish to confirm, of all services. */
function confirmTimes(arena: Arena, from: Positions): number[] {
  return everyProcess(arena).flatMap((process) =>
    process.steps({ step: 'confirmed' }, from.get(process.url)).map(({ milliseconds = 0 }) => milliseconds),
  );
}
