import { setTimeout as pause } from 'node:timers/promises';
import { type ServiceProcess, usageOf } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { allCutOff, positions } from './broker-sight';
import { recordCancelledOrders } from './sample-backlog';

/** Messages in the outbox; fewer in a run whose long waits are shorter than this many minutes. */
const fullBacklog = 100_000;
const fullMinutes = 2;

/** Requests whose latency is compared, at least. */
const samples = 100;

/** How many times longer a request may take (95th percentile): below is noise. */
const mostSlowdown = 3;
/** What the service that keeps the backlog may hold more. */
const mostBytes = 50_000_000;
/** Milliseconds in which at least one message gets on. How many do is a figure, and the machine's; none is a fault. */
const stuckAfter = 60_000;

/** Milliseconds between two looks at the backlog. */
const interval = 1_000;

/** Milliseconds between two looks at memory. A collection holds everything up for as long as it takes. */
const collectedEvery = 10_000;

const pending = `state = 'pending'`;

export const brokerAwayScenarios: readonly Scenario[] = [
  {
    name: 'broker-away-ten-minutes',
    family: 'broker',
    does: 'no broker for minutes while requests go on, and 100,000 messages in the outbox of one service',
    // At debug, a backlog of this size is millions of lines. Overdue as it is shipped: its redeliveries are not this scenario's.
    env: { LOG_LEVEL: 'info', OVERDUE_AFTER: '30s' },
    run: async (arena) => {
      // As many before them: code that has just started is slow.
      await arena.more(2 * samples);
      const memory = await watchMemory(arena.system.order);
      try {
        await away(arena, memory);
      } finally {
        await memory.end();
      }
    },
  },
];

/** @throws Error when the service that keeps the backlog has become slow or large */
async function away(arena: Arena, memory: Memory): Promise<void> {
  const { system, broker, load, more, pace, say } = arena;
  const before = slowest(load.latencies.slice(-samples));
  const from = positions(arena);
  await broker.stop();
  const awayUntil = performance.now() + pace.minutes * 60_000;
  await allCutOff(arena, from);
  const messages = await recordCancelledOrders(system, Math.round((fullBacklog * share(pace.minutes)) / 2));
  say(`the broker is away, ${messages} messages wait in the outbox`);
  const full = load.latencies.length;
  await more(samples);
  while (performance.now() < awayUntil) await pause(interval);
  const during = slowest(load.latencies.slice(full));
  const requests = load.latencies.length - full;
  say(`POST p95 ${before.toFixed(1)} ms before, ${during.toFixed(1)} ms in the ${requests} requests with that backlog`);
  say(`memory of order at most ${memory.more()} MB more than before`);
  await broker.start();
  arena.healed();
  await drained(arena);
  say(`memory of order at most ${memory.more()} MB more than before, the way back included`);
  if (during > mostSlowdown * before) throw new Error(`Requests took more than ${mostSlowdown} times as long`);
  if (memory.more() * 1e6 > mostBytes) throw new Error(`order held ${memory.more()} MB more than before`);
}

function share(minutes: number): number {
  return Math.min(1, minutes / fullMinutes);
}

/** 95th percentile, in milliseconds. */
function slowest(latencies: readonly number[]): number {
  return [...latencies].sort((a, b) => a - b)[Math.floor(latencies.length * 0.95)] ?? 0;
}

/** Waits until what was recorded up to now is confirmed, and then until it is signed for, and tells how fast that went. */
async function drained({ system, say }: Arena): Promise<void> {
  const startedAt = performance.now();
  const [at] = await system.sql<{ now: Date }>('order', 'select clock_timestamp() as now');
  const count = async (condition: string) => {
    const query = `select count(*)::int from outbox_message where recorded_at <= $1 and ${condition}`;
    return (await system.sql<{ count: number }>('order', query, [at?.now]))[0]?.count ?? 0;
  };
  const all = await count(pending);
  for (const [what, unfinished] of [
    ['confirmed', pending],
    ['signed for by both consumers', 'finished_at is null'],
  ] as const) {
    await emptied(what, () => count(unfinished));
    const seconds = (performance.now() - startedAt) / 1_000;
    say(`${all} messages ${what} in ${seconds.toFixed(1)} s: ${Math.round(all / seconds)} a second`);
  }
}

/** @throws Error when nothing gets on any more */
async function emptied(what: string, count: () => Promise<number>): Promise<void> {
  let left = await count();
  let changedAt = performance.now();
  while (left > 0) {
    await pause(interval);
    const now = await count();
    if (now !== left) changedAt = performance.now();
    else if (performance.now() - changedAt > stuckAfter) throw new Error(`${left} messages do not get ${what}`);
    left = now;
  }
}

interface Memory {
  /** Megabytes, at most so far. */
  more(): number;
  end(): Promise<void>;
}

/**
 * Looks at what a process holds, again and again, each time after a collection: what it has used and holds no more is Node's to give back
 * when it likes. Where the system does not tell, it has never more.
 */
async function watchMemory(process: ServiceProcess): Promise<Memory> {
  const ending = new AbortController();
  const resident = async () => {
    process.signal('SIGWINCH');
    await pause(interval, undefined, { signal: ending.signal }).catch(() => undefined);
    return process.pid === undefined ? 0 : ((await usageOf(process.pid))?.residentBytes ?? 0);
  };
  const before = await resident();
  let most = before;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      most = Math.max(most, await resident());
      await pause(collectedEvery, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    more: () => Math.round((most - before) / 1e6),
    end: () => {
      ending.abort();
      return watching;
    },
  };
}
