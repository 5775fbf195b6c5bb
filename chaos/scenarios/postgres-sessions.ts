import { randomUUID } from 'node:crypto';
import { services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Client } from 'pg';
import type { Arena } from '../arena';
import { LogWatch } from '../log-watch';
import { median } from '../median';
import type { Scenario } from '../scenario';
import { withSession } from './postgres-session';

/** Requests a second: those that wait for a database are all asked again when it is back, beside the new ones. */
const rate = 4;

const terminations = 15;

/** Requests that must have been refused for want of a connection. */
const refusals = 5;

/** Milliseconds in which a request is refused where there is no connection for it: 5 s, and the machine's own slowness. */
const refusedWithin = 8_000;

const deadlocksEach = 3;

/** Milliseconds: longer, and the requests that wait for the outbox have all connections, so that no consumer comes to it. */
const holdFor = 2_000;

const holdsAtMost = 20;

/** Minutes; more tells nothing more. */
const longest = 3;

/** Milliseconds that a claim may take on average while a transaction has been open for minutes. */
const claimWithin = 100;

/** What other sessions do to those of the services. */
export const postgresSessionScenarios: readonly Scenario[] = [
  {
    name: 'connections-terminated',
    family: 'postgres',
    rate,
    does: `all connections of all services are terminated, ${terminations} times`,
    run: async (arena) => {
      const { more, random, say } = arena;
      const watch = new LogWatch(arena);
      let ended = 0;
      for (let turn = 1; turn <= terminations; turn++) {
        await more(random.between(1, 6));
        ended += await terminateAll(arena);
      }
      if (ended < terminations) throw new Error(`Only ${ended} connections were there to be terminated`);
      await watch.saidByAll(/57P01|terminating connection|Connection terminated/);
      say(`${ended} connections terminated`);
      await more(10);
    },
  },
  {
    name: 'pool-exhausted',
    family: 'postgres',
    rate,
    does: 'two connections for each service, and both wait for a lock that somebody holds',
    env: { DATABASE_POOL_SIZE: '2' },
    run: async (arena) => {
      const { system, more, say } = arena;
      const times: number[] = [];
      await withSession(arena, 'order', async (session) => {
        await session.query('begin');
        await session.query('lock table outbox_message in access exclusive mode');
        await eventually(
          `${refusals} requests are refused`,
          async () => {
            const askedAt = performance.now();
            // One statement, so it waits for a connection once. A list takes several, and may wait for each.
            const { status } = await system.order.get(`/orders/${randomUUID()}`);
            if (status === 503) times.push(performance.now() - askedAt);
            const live = await system.order.get('/health/live');
            if (live.status !== 200) throw new Error(`/health/live answers ${live.status}`);
            if (times.length < refusals) throw new Error(`${times.length} were`);
          },
          120_000,
        );
      });
      say(`refused with 503 after ${median(times)} ms, at most ${Math.round(Math.max(...times))}`);
      if (Math.max(...times) > refusedWithin) throw new Error(`A request was refused after ${Math.max(...times)} ms`);
      await more(20);
    },
  },
  {
    name: 'lock-held',
    family: 'postgres',
    rate,
    does: 'the inboxes are locked for longer than a statement may take; orders are taken all the same',
    run: async (arena) => {
      const { more, say } = arena;
      const watch = new LogWatch(arena);
      const startedAt = performance.now();
      await withSession(arena, 'order', async (session) => {
        const tables = services.map((service) => `${service}_service.inbox_message`);
        await session.query('begin');
        await session.query(`lock table ${tables.join(', ')} in access exclusive mode`);
        await more(10);
        await watch.saidByAll(/statement timeout/, { within: 60_000 });
      });
      say(`locked for ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
      await more(20);
    },
  },
  {
    name: 'deadlocks',
    family: 'postgres',
    rate,
    does: `consumers of each service are the victims of a deadlock, ${deadlocksEach} times`,
    run: async (arena) => {
      for (const service of services) {
        for (let turn = 1; turn <= deadlocksEach; turn++) await deadlock(arena, service);
        arena.say(`${service}: ${deadlocksEach} deadlocks`);
      }
      await arena.more(10);
    },
  },
  {
    name: 'long-transaction',
    family: 'postgres',
    rate,
    does: 'a transaction is held open for minutes, so that no dead row is cleaned away, while the outbox works',
    postgres: { settings: { shared_preload_libraries: 'pg_stat_statements' } },
    run: async (arena) => {
      const { system, more, pace, say } = arena;
      const until = performance.now() + Math.min(pace.minutes, longest) * 60_000;
      await system.sql('order', 'create extension pg_stat_statements schema public');
      await more(20);
      const before = await claimTime(arena);
      await withSession(arena, 'order', async (session) => {
        await session.query('begin');
        await session.query('select txid_current()');
        while (performance.now() < until) await more(10);
        await system.sql('order', 'select public.pg_stat_statements_reset()');
        await more(20);
        const after = await claimTime(arena);
        const dead = await deadRows(arena);
        say(`a claim takes ${before.toFixed(2)} ms before, ${after.toFixed(2)} ms over ${dead} dead rows`);
        if (dead === 0) throw new Error('No dead row was kept');
        if (after > claimWithin) throw new Error(`A claim takes ${after} ms`);
      });
    },
  },
];

async function terminateAll({ system }: Arena): Promise<number> {
  const ended = await system.sql(
    'order',
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and usename = any($1)`,
    [services.map((service) => `${service}_service`)],
  );
  return ended.length;
}

/**
 * A consumer writes its inbox row, and then what it records: the session holds the outbox and, when a consumer waits for that, wants the inbox.
 * Postgres ends whoever looks first, and the session looks too late.
 */
async function deadlock(arena: Arena, service: (typeof services)[number]): Promise<void> {
  const watch = new LogWatch(arena);
  await withSession(arena, service, async (session) => {
    await session.query(`set deadlock_timeout = '1min'`);
    for (let turn = 1; !(await holdsOutboxFromConsumer(session)); turn++) {
      if (turn === holdsAtMost) throw new Error(`No consumer of ${service} waited for the outbox, ${turn} times`);
      await session.query('rollback');
      await arena.more(2);
    }
    await session.query('lock table inbox_message in share row exclusive mode');
  });
  await eventually('it was the victim', () => {
    if (watch.count(service, /deadlock detected/) === 0) throw new Error('not yet');
  });
}

/** Takes the outbox, and whoever wants it after that waits. @returns whether one that has written to the inbox soon did */
async function holdsOutboxFromConsumer(session: Client): Promise<boolean> {
  await session.query('begin');
  await session.query('lock table outbox_message in share row exclusive mode');
  const until = performance.now() + holdFor;
  while (performance.now() < until) {
    const { rowCount } = await session.query(
      `select from pg_locks waits join pg_locks has using (pid)
       where not waits.granted and waits.relation = 'outbox_message'::regclass
       and has.granted and has.relation = 'inbox_message'::regclass and has.mode = 'RowExclusiveLock'`,
    );
    if (rowCount) return true;
  }
  return false;
}

/** Milliseconds of the order service's claims, on average since the last reset. */
async function claimTime({ system }: Arena): Promise<number> {
  const [row] = await system.sql<{ mean: number }>(
    'order',
    `select sum(total_exec_time) / sum(calls) as mean from public.pg_stat_statements
     where query like 'with due as%update outbox_message%' and userid = 'order_service'::regrole`,
  );
  if (!row?.mean) throw new Error('No claim was seen');
  return row.mean;
}

async function deadRows({ system }: Arena): Promise<number> {
  const [row] = await system.sql<{ dead: number }>(
    'order',
    `select n_dead_tup::int as dead from pg_stat_user_tables where relid = 'outbox_message'::regclass`,
  );
  return row?.dead ?? 0;
}
