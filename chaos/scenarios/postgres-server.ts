import { eventually, type ServiceProcess, whyImpossible } from '@waybill/testing';
import type { Arena } from '../arena';
import { LogWatch } from '../log-watch';
import { median } from '../median';
import type { Scenario } from '../scenario';
import { cutOff, waitForMessages } from './broker-sight';
import { withSession } from './postgres-session';

/** Requests a second: those that wait for a database are all asked again when it is back, beside the new ones. */
const rate = 4;

const restarts = 5;
const kills = 2;

/** Milliseconds more for each flush to the disk. */
const fsyncDelay = 100;

const connectionLost = /ECONNRESET|Connection terminated|57P01|57P02|57P03|ECONNREFUSED/;

/** What befalls the server itself. */
export const postgresServerScenarios: readonly Scenario[] = [
  {
    name: 'postgres-restarted',
    family: 'postgres',
    rate,
    does: `Postgres is ended without a clean stop and started, ${restarts} times under load`,
    run: async (arena) => {
      const { postgres, more, random, say } = arena;
      for (let turn = 1; turn <= restarts; turn++) {
        const watch = new LogWatch(arena);
        await postgres.restartImmediate();
        await watch.saidByAll(connectionLost);
        say(`restarted (${turn})`);
        // A service that has not connected again has nothing to lose.
        await new LogWatch(arena).saidByAll(/"step":"processed"/);
        await more(random.between(1, 20));
      }
    },
  },
  {
    name: 'postgres-killed',
    family: 'postgres',
    rate,
    does: `kill -9 of Postgres, ${kills} times; requests are refused until it is back`,
    isShort: true,
    run: async (arena) => {
      const { postgres, more, random, say } = arena;
      for (let turn = 1; turn <= kills; turn++) {
        await more(random.between(1, 15));
        const watch = new LogWatch(arena);
        await postgres.kill();
        await watch.saidByAll(/ECONNREFUSED/);
        await mustAnswer(arena, '/orders', 503);
        await mustAnswer(arena, '/health/live', 200);
        await postgres.start();
        say(`killed (${turn}), and started: ${watch.count('order', /POST \S+ failed/)} requests were refused`);
        await more(random.between(1, 15));
      }
    },
  },
  {
    name: 'disk-full',
    family: 'postgres',
    rate,
    does: 'the disk of Postgres is full, until there is room again',
    postgres: { diskSize: '256MB', settings: { max_wal_size: '64MB' } },
    missing: () => whyImpossible('full-disk'),
    run: async (arena) => {
      const { postgres, more, say } = arena;
      const watch = new LogWatch(arena);
      await postgres.fillDisk();
      const first = await watch.saidByOne(/No space left on device|53100|ECONNREFUSED/, 60_000);
      await mustAnswer(arena, '/health/live', 200);
      say(`full; ${first} was the first to notice`);
      await postgres.freeDisk();
      await postgres.start();
      await more(20);
    },
  },
  {
    name: 'read-only',
    family: 'postgres',
    rate,
    does: 'Postgres takes no writes, as after a failover, in old sessions and new ones, and messages come all the same',
    run: async (arena) => {
      const { more, say, system } = arena;
      const { payment } = system;
      await cutOff(arena, payment);
      await waitForMessages(arena, system.queue('payment.order-placed'), 2);
      const watch = new LogWatch(arena);
      await setReadOnly(arena, true);
      try {
        const from = payment.position;
        payment.resume();
        await watch.saidByAll(/read-only transaction/);
        await givenBackTwice(payment, from);
        await mustAnswer(arena, '/orders', 200);
        await mustAnswer(arena, '/health/live', 200);
        const refused = await refusedOrders(watch);
        const otherwise = watch.count(
          'order',
          /POST \/orders failed.*internal-error|internal-error.*POST \/orders failed/,
        );
        if (otherwise > 0) throw new Error(`${refused} orders were refused, ${otherwise} of them not with 503`);
        say(`${refused} requests were refused with 503, and orders can be read`);
      } finally {
        await setReadOnly(arena, false);
      }
      await more(20);
    },
  },
  {
    name: 'slow-fsync',
    family: 'postgres',
    rate,
    does: `each flush to the disk takes ${fsyncDelay} ms longer`,
    postgres: { durable: true },
    missing: () => whyImpossible('slow-fsync'),
    run: async ({ postgres, load, more, say }) => {
      const before = median(load.latencies);
      await postgres.slowFsync(fsyncDelay);
      const from = load.latencies.length;
      await more(60);
      const slow = median(load.latencies.slice(from));
      await postgres.restoreFsync();
      say(`requests take ${before} ms before, ${slow} ms with slow flushes`);
      if (slow < fsyncDelay) throw new Error('The disk was not slow');
      await more(10);
    },
  },
];

/** @returns how many, once there are some */
async function refusedOrders(watch: LogWatch): Promise<number> {
  return await eventually('orders are refused', () => {
    const refused = watch.count('order', /POST \/orders failed/);
    if (refused === 0) throw new Error('none was');
    return refused;
  });
}

/** Resolves when a message has come again and gone back again: the second time it is known to have come before. */
async function givenBackTwice(process: ServiceProcess, from: number): Promise<void> {
  await eventually(`${process.name} gives a message back twice`, () => {
    const ids = process.steps({ step: 'given-back' }, from).map(({ messageId }) => messageId);
    if (new Set(ids).size === ids.length) throw new Error(`${ids.length} were given back once`);
  });
}

async function setReadOnly(arena: Arena, isReadOnly: boolean): Promise<void> {
  await withSession(arena, 'order', async (session) => {
    await session.query(
      isReadOnly
        ? 'alter system set default_transaction_read_only = on'
        : 'alter system reset default_transaction_read_only',
    );
    await session.query('select pg_reload_conf()');
  });
}

async function mustAnswer({ system }: Arena, path: string, wanted: number): Promise<void> {
  const { status } = await system.order.get(path);
  if (status !== wanted) throw new Error(`GET ${path} is answered ${status} instead of ${wanted}`);
}
