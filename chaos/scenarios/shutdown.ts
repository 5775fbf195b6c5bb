import { type ServiceName, services } from '@waybill/contracts';
import { eventually, type ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { withSink } from './crash-points-broker';
import { refuseEffects } from './crash-points-database';

/** Seconds: SHUTDOWN_GRACE as it is shipped, and the end of the process. */
const inTime = 22;

/** Tables before which a service can be made to stand still, and what it is doing then. */
const phases = {
  outbox_message: 'a change is being recorded',
  inbox_message: 'handlers are at work',
  message_receipt: 'receipts are being applied',
};

const starts = 5;

/** Requests a second: there is always something in hand, and processes that start are not held up by it. */
const rate = 3;

const all: readonly Omit<Scenario, 'family' | 'rate'>[] = [
  {
    name: 'shutdown-under-load',
    does: 'SIGTERM to one service after the other, and then to all at once',
    isShort: true,
    run: async (arena) => {
      for (const service of services) {
        await stopInTime(arena, service);
        await nothingInHand(arena, service);
        await arena.system[service].start();
        await arena.more(5);
      }
      await stopAll(arena);
      for (const service of services) await nothingInHand(arena, service);
      await startAll(arena);
    },
  },
  {
    name: 'shutdown-in-hand',
    does: 'SIGTERM to each service while it records changes, while its handlers are at work, and while it applies receipts',
    run: async (arena) => {
      for (const service of services) {
        for (const table of Object.keys(phases) as (keyof typeof phases)[]) {
          await stopBefore(arena, service, table);
          await arena.system[service].start();
          await arena.more(5);
        }
      }
    },
  },
  {
    name: 'shutdown-unconfirmed',
    does: 'SIGTERM to each service while the broker confirms nothing of what it has sent',
    run: async (arena) => {
      for (const service of services) {
        await withSink({ arena, service }, 'silent', async () => {
          await inFlight(arena, service);
          await stopInTime(arena, service);
        });
        await arena.system[service].start();
      }
    },
  },
  {
    name: 'shutdown-retrying',
    does: 'SIGTERM to each service while no effect can be committed and it tries again and again',
    run: async (arena) => {
      for (const service of services) {
        const process = arena.system[service];
        const from = process.position;
        const refused = refuseEffects({ arena, service, process });
        await process.step({ step: 'retrying', attempt: 2 }, from);
        await stopInTime(arena, service);
        await refused;
        await process.start();
      }
    },
  },
  {
    name: 'shutdown-while-starting',
    does: 'SIGTERM to each service at any moment of its start, again and again',
    run: async (arena) => {
      for (const service of services) await stopWhileStarting(arena, service);
    },
  },
  {
    name: 'shutdown-twice',
    does: 'SIGTERM to each service under load, and once more before it has ended: it exits at once',
    run: async (arena) => {
      for (const service of services) {
        await stopAtOnce(arena, service);
        await arena.system[service].start();
        await arena.more(5);
      }
    },
  },
  {
    name: 'shutdown-without-broker',
    does: 'SIGTERM to all services while the broker is away',
    run: async (arena) => {
      await arena.broker.stop();
      await arena.more(10);
      await stopAll(arena);
      await arena.broker.start();
      await startAll(arena);
    },
  },
  {
    name: 'shutdown-without-database',
    does: 'SIGTERM to all services while the database is away',
    run: async (arena) => {
      await arena.postgres.stop();
      // Not by its consumers, which notice when a message comes, and at this rate none may come.
      await Promise.all(services.map((service) => arena.system[service].line(/ failed and will try again: /)));
      await stopAll(arena);
      await arena.postgres.start();
      await startAll(arena);
    },
  },
  {
    name: 'shutdown-with-frozen-broker',
    does: 'SIGTERM to all services while the broker keeps its connections and answers nothing',
    run: async (arena) => {
      await arena.broker.suspend();
      try {
        await arena.more(10);
        await inFlight(arena, 'order');
        await stopAll(arena);
      } finally {
        await arena.broker.resume();
      }
      await startAll(arena);
    },
  },
];

export const shutdownScenarios: readonly Scenario[] = all.map((scenario) => ({
  ...scenario,
  family: 'shutdown',
  rate,
}));

async function startAll({ system }: Arena): Promise<void> {
  await Promise.all(services.map((service) => system[service].start()));
}

async function stopAll(arena: Arena): Promise<void> {
  await Promise.all(services.map((service) => stopInTime(arena, service)));
}

/** @throws Error when it takes too long, or ends in another way than with 0. */
async function stopInTime({ system, say }: Arena, service: ServiceName): Promise<void> {
  const askedAt = performance.now();
  const how = await system[service].stop();
  const seconds = (performance.now() - askedAt) / 1_000;
  say(`${service} ended with ${how} after ${seconds.toFixed(1)} s`);
  if (how !== 'exit code 0' || seconds > inTime) throw new Error(`${service} did not end as it must`);
}

/** Neither a message whose outcome is not written down, nor a receipt that is not sent, nor an attempt without an end. */
async function nothingInHand({ system }: Arena, service: ServiceName): Promise<void> {
  const rows = await system.sql(
    service,
    `select 'leased ' || id from outbox_message where lease_until is not null
     union all
     select 'open ' || message_id from inbox_message
     where receipt_sent_seq < receipt_seq or attempts_started > attempts_finished`,
  );
  if (rows.length > 0) throw new Error(`${service} has ended with this in hand: ${JSON.stringify(rows)}`);
}

/** Stops it with its statements standing before the lock of a table, which ends once it has heard the signal. */
async function stopBefore(arena: Arena, service: ServiceName, table: keyof typeof phases): Promise<void> {
  const { system } = arena;
  const other = service === 'order' ? 'payment' : 'order';
  const from = system[service].position;
  await system.sql(service, 'begin');
  let ended: Promise<void>;
  try {
    await system.sql(service, `lock table ${table} in exclusive mode`);
    await eventually(`${service} stands before ${table}`, async () => {
      const waiting = await system.sql(
        other,
        `select from pg_stat_activity where usename = $1 and wait_event_type = 'Lock' and query ~* $2`,
        [`${service}_service`, `\\y${table}\\y`],
      );
      if (waiting.length === 0) throw new Error('it does not');
    });
    ended = stopInTime(arena, service);
    await system[service].line(/^SIGTERM: stopping$/, from);
  } finally {
    await system.sql(service, 'rollback');
  }
  await ended;
  arena.say(`${service} was stopped while ${phases[table]}`);
}

async function inFlight({ system }: Arena, service: ServiceName): Promise<void> {
  const claimed = `select from outbox_message where state = 'pending' and lease_until > clock_timestamp()`;
  await eventually(`${service} has sent messages that are not confirmed`, async () => {
    if ((await system.sql(service, claimed)).length === 0) throw new Error('it has not');
  });
}

/**
 * Told to end while it starts, a service that listens for signals ends of itself with 0 (it is ready by then: no turn of the event loop passes
 * between), and one that does not listen yet has begun nothing and ends of the signal.
 * @throws Error also when it was ready each time, and so nothing was shown.
 */
async function stopWhileStarting({ system, random, say }: Arena, service: ServiceName): Promise<void> {
  const process = system[service];
  await process.stop();
  const first = process.position;
  await process.start();
  const ready = process.log.values.slice(first).findIndex(({ msg = '' }) => msg.includes('is ready at'));
  await process.stop();
  const ends: string[] = [];
  for (const line of [0, ...Array.from({ length: starts - 1 }, () => random.between(1, ready))]) {
    const from = process.position;
    const started = process.start().then(
      () => 'ready',
      () => 'not ready',
    );
    await process.log.until(() => process.position > from + line, from);
    const how = await process.terminate();
    if (how !== 'exit code 0' && how !== 'SIGTERM') throw new Error(`${service} ended with ${how} after line ${line}`);
    ends.push(`${await started}, ${how}`);
  }
  say(`${service} was ${ends.join('; ')}`);
  if (!ends.some((end) => end.startsWith('not'))) throw new Error(`${service} was never stopped while it started`);
  await process.start();
}

async function stopAtOnce({ system, say }: Arena, service: ServiceName): Promise<void> {
  const process: ServiceProcess = system[service];
  const from = process.position;
  const ended = process.terminate();
  await process.line(/^SIGTERM: stopping$/, from);
  process.signal('SIGTERM');
  const how = await ended;
  // It may have been quicker than the second signal.
  const again = process.log.values.slice(from).some(({ msg }) => msg === 'SIGTERM again: exiting at once');
  say(`${service} ended with ${how}${again ? ' at the second signal' : ' before the second signal'}`);
  if (how !== (again ? 'exit code 1' : 'exit code 0')) throw new Error(`${service} did not end as it must`);
}
