import { type ServiceName, services } from '@waybill/contracts';
import { preload } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { nextBuild } from './messages-next-build';

const next = preload([nextBuild]);
/** Every service has them, and is at work on them all the time. */
const tables = ['outbox_message', 'inbox_message'] as const;
/** Milliseconds for which a change of a table may hold up the service; then it is tried again. */
const lockTimeout = 500;
const tries = 100;
/** Of Postgres. */
const lockNotAvailable = '55P03';

const rollingUpgrade: Scenario = {
  name: 'rolling-upgrade',
  family: 'time-and-load',
  does: 'each service goes to a build with newer contracts and tables: expanded under load, old and new processes side by side, one going back, contracted',
  instances: 2,
  run: async (arena) => {
    const { random, say, more } = arena;
    const order = random.shuffle(services);
    for (const service of order)
      say(`${service} is expanded; ${await expand(arena, service)} times its tables were busy`);
    for (const service of order) {
      await upgrade(arena, service);
      say(`${service} is upgraded`);
    }
    for (const service of order)
      say(`${service} is contracted; ${await contract(arena, service)} times its tables were busy`);
    await more(10);
  },
};

/**
 * As an orchestrator does that keeps up the number of processes: a new one is started beside the old ones, then an old one is ended. The last
 * word is an old one's, which is at work when every new one has been started.
 */
async function upgrade({ startAnother, instances, more }: Arena, service: ServiceName): Promise<void> {
  const [first, second] = instances(service);
  if (!first || !second) throw new Error(`${service} has no two processes`);
  const third = await startAnother(service, next);
  await more(10);
  await first.stop();
  await first.start(next);
  await more(10);
  await third.stop();
  await third.start(); // a step back
  await more(10);
  await third.stop();
  await third.start(next);
  await more(10);
  await second.stop();
}

/** A column that the old build does not know, and an index. @returns how often a table was busy */
async function expand(arena: Arena, service: ServiceName): Promise<number> {
  let busy = 0;
  for (const table of tables) {
    busy += await alter(arena, service, `alter table ${table} add column region text`);
    await asOwner(arena, service, `create index concurrently ${table}_region on ${table} (region)`);
  }
  return busy;
}

async function contract(arena: Arena, service: ServiceName): Promise<number> {
  let busy = 0;
  for (const table of tables) {
    await asOwner(arena, service, `drop index concurrently ${table}_region`);
    busy += await alter(arena, service, `alter table ${table} drop column region`);
  }
  return busy;
}

/** Waits for its lock only so long, because everybody else waits behind it, and tries again. */
async function alter(arena: Arena, service: ServiceName, statement: string): Promise<number> {
  for (let busy = 0; busy < tries; busy++) {
    try {
      await asOwner(arena, service, statement, lockTimeout);
      return busy;
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable) throw error;
    }
  }
  throw new Error(`${statement}: its table was busy ${tries} times`);
}

async function asOwner({ system }: Arena, service: ServiceName, statement: string, lockTimeout = 0): Promise<void> {
  await system.sql(service, `set role ${service}_owner; set lock_timeout = ${lockTimeout}`);
  try {
    await system.sql(service, statement);
  } finally {
    await system.sql(service, 'reset role; reset lock_timeout');
  }
}

export const upgradeScenarios: readonly Scenario[] = [rollingUpgrade];
