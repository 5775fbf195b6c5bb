import type { FaultProxy } from '@waybill/testing';
import type { Arena } from '../arena';
import { LogWatch } from '../log-watch';
import { median } from '../median';
import type { Scenario } from '../scenario';

/** What a service says of a connection that was ended, and of one that it gives up. */
const lost = /ECONNRESET|Connection terminated unexpectedly/;
const givenUp = /No answer from the database for \d+ ms/;

/** Milliseconds each way. An order takes several statements, one after the other. */
const latency = 25;

const resets = 10;

/** Milliseconds in which a request is answered whatever becomes of the database: 5 s for a connection, 20 s for each statement on it. */
const answerWithin = 30_000;

/** What befalls the way between the services and Postgres. */
export const postgresNetworkScenarios: readonly Scenario[] = [
  {
    name: 'postgres-black-hole',
    family: 'network',
    does: 'nothing passes to or from Postgres, for longer than any statement waits for its answer',
    isProxied: true,
    rate: 4,
    run: (arena) => untilGivenUp(arena, (proxy) => proxy.blackHole()),
  },
  {
    name: 'postgres-one-way',
    family: 'network',
    does: 'nothing reaches the services from Postgres, and then the other way round',
    isProxied: true,
    rate: 4,
    run: async (arena) => {
      arena.say('towards the services');
      const working = new LogWatch(arena);
      await untilGivenUp(arena, (proxy) => proxy.dropTowardsClient());
      // A service that is still connecting has no connection to give up.
      await working.saidByAll(/"step":"processed"/);
      arena.say('towards Postgres');
      await untilGivenUp(arena, (proxy) => proxy.dropTowardsServer());
    },
  },
  {
    name: 'postgres-resets',
    family: 'network',
    does: `all connections to Postgres are reset ${resets} times, and then nobody listens there for a while`,
    isProxied: true,
    rate: 4,
    run: async (arena) => {
      const { proxies, random, more, system, say } = arena;
      const watch = new LogWatch(arena);
      for (let turn = 1; turn <= resets; turn++) {
        await more(random.between(1, 10));
        proxies.postgres.reset();
      }
      await watch.saidByAll(lost);
      const refused = new LogWatch(arena);
      await proxies.postgres.refuse();
      say(`reset ${resets} times, now refused`);
      await refused.saidByAll(/ECONNREFUSED/);
      const { status } = await system.order.get('/orders');
      if (status !== 503) throw new Error(`Without a database the order service answers ${status}`);
      await proxies.postgres.heal();
      await more(20);
    },
  },
  {
    name: 'postgres-slow-network',
    family: 'network',
    does: `Postgres is ${latency} ms away, and then its bytes come one at a time`,
    isProxied: true,
    rate: 2,
    run: async (arena) => {
      const { proxies, more, say, load } = arena;
      const before = median(load.latencies);
      proxies.postgres.delay(latency);
      const slowFrom = load.latencies.length;
      await more(20);
      const slow = median(load.latencies.slice(slowFrom));
      say(`requests take ${before} ms before, ${slow} ms with ${latency} ms each way`);
      if (slow < 2 * latency) throw new Error('The network was not slow');
      proxies.postgres.trickle();
      const trickledFrom = load.latencies.length;
      await more(3);
      say(`byte by byte: ${median(load.latencies.slice(trickledFrom))} ms`);
      await proxies.postgres.heal();
    },
  },
];

/** Lasts until every service has given up connections that answer nothing, and a request that was caught in it has its answer. */
async function untilGivenUp(arena: Arena, fault: (proxy: FaultProxy) => void): Promise<void> {
  const { proxies, system, more, say } = arena;
  const watch = new LogWatch(arena);
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(1);
  fault(proxies.postgres);
  try {
    const { status } = await fetch(`${system.order.url}/orders`, { signal: AbortSignal.timeout(answerWithin) });
    if (status !== 503) throw new Error(`With a database that does not answer the order service answers ${status}`);
    say(`a request was refused after ${seconds()} s`);
    await watch.saidByAll(givenUp);
    const live = await system.order.get('/health/live');
    if (live.status !== 200) throw new Error(`/health/live answers ${live.status}`);
    say(`given up by all after ${seconds()} s, ${proxies.postgres.broken} connections broken`);
    if (proxies.postgres.broken === 0) throw new Error('No connection has lost anything');
  } finally {
    await proxies.postgres.heal();
  }
  const healedAt = performance.now();
  await more(20);
  say(`20 orders were taken within ${((performance.now() - healedAt) / 1_000).toFixed(1)} s of its end`);
}
