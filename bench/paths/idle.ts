import { setTimeout as pause } from 'node:timers/promises';
import { services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { cpuSeconds } from '../cpu-time';
import type { BenchPath, Lab } from '../lab';
import { toRow } from '../row';
import type { Service } from '../service';

/** What each service had done at one moment. */
interface Usage {
  /** Milliseconds, of whatever clock. */
  readonly at: number;
  /** By service: statements, and seconds of a core. */
  readonly queries: ReadonlyMap<string, number>;
  readonly cpu: ReadonlyMap<string, number>;
}

export const idle: BenchPath = {
  name: 'idle',
  does: 'queries a second and processor time of a service with nothing to do',
  run: async (lab) => {
    const system = await lab.system();
    // As the superuser, in a schema of nobody's: it counts the statements of each role.
    await system.sql('order', 'create extension pg_stat_statements schema public');
    const all: Service[] = [];
    for (const name of services) all.push(await lab.service({ system, name }));
    // By then each loop asks as seldom as it ever does, and V8 has collected what the start left behind; it takes that its time.
    await pause(lab.amount(20_000, 500));
    const queries: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < lab.amount(3, 1); round++) {
      const busiest = await measure(lab, system, all);
      queries.push(busiest.queries);
      cpu.push(busiest.cpu);
    }
    const nothing = queries.map(() => 0);
    const common = { against: 'nothing', limit: nothing, atMost: true };
    return [
      toRow({ name: 'idle, queries', unit: 'queries/s', ours: queries, target: 5, ...common }),
      toRow({ name: 'idle, CPU', unit: '% of a core', ours: cpu, target: 1, ...common }),
    ];
  },
};

/** What the service that does most does, of each: queries a second, and percent of a core. */
async function measure(lab: Lab, system: System, all: readonly Service[]): Promise<{ queries: number; cpu: number }> {
  const before = await usageOf(system, all);
  await pause(lab.amount(8_000, 1_000));
  const after = await usageOf(system, all);
  const seconds = (after.at - before.at) / 1000;
  const rate = (what: 'queries' | 'cpu', { name }: Service) =>
    ((after[what].get(name) ?? Number.NaN) - (before[what].get(name) ?? Number.NaN)) / seconds;
  const each = all.map((service) => ({ queries: rate('queries', service), cpu: rate('cpu', service) * 100 }));
  for (const [index, { queries, cpu }] of each.entries())
    lab.say(`${all[index]?.name}: ${queries.toFixed(2)} queries/s, ${cpu.toFixed(2)} % of a core`);
  return { queries: Math.max(...each.map(({ queries }) => queries)), cpu: Math.max(...each.map(({ cpu }) => cpu)) };
}

/** A statement counts once, whatever it is: BEGIN and COMMIT, too. Those of the bench are another role's. */
async function usageOf(system: System, all: readonly Service[]): Promise<Usage> {
  const rows = await system.sql<{ role: string; queries: number }>(
    'order',
    `select r.rolname as role, sum(s.calls)::float8 as queries
     from public.pg_stat_statements s join pg_roles r on r.oid = s.userid join pg_database d on d.oid = s.dbid
     where d.datname = current_database() group by r.rolname`,
  );
  const at = performance.now();
  const times = await Promise.all(all.map(async ({ name, pid }) => [name, await cpuSeconds(pid)] as const));
  return {
    at,
    queries: new Map(rows.map(({ role, queries }) => [role.replace(/_service$/, ''), queries])),
    cpu: new Map(times),
  };
}
