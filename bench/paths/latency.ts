import { services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import type { BenchPath, Lab } from '../lab';
import type { Commits } from '../limits/commit';
import type { Paced } from '../limits/one-by-one';
import { median, quantile, toRow } from '../row';
import { fillShelves, placeSteadily, timesOf } from '../timed-orders';

const rate = 10;

/** Milliseconds before each part that is measured alone: at this rate nothing comes back to back, and a processor that sleeps takes its time to wake. */
const pause = 20;

/**
 * What an approved order waits for, one after the other, until its `completed_at` is written. The warehouse answers meanwhile, and sooner.
 *
 * | service | transactions                      | statements that commit by themselves        | hops               |
 * |---------|-----------------------------------|---------------------------------------------|--------------------|
 * | order   | POST /orders                      |                                             | order.placed       |
 * | payment | the answer, payment.authorized    | the intent, the asking, the gateway's entry | payment.authorized |
 * | order   | order.confirmed                   |                                             | order.confirmed    |
 * | payment | payment.captured                  | the gateway's entry                         | payment.captured   |
 *
 * The commit of `completed_at` is not among them, because the time is taken before it. Nor is what only reads, what HTTP takes, and all that Node does.
 */
const onThePath = { transactions: 4, statements: 4, hops: 4 };

export const latency: BenchPath = {
  name: 'latency',
  does: 'milliseconds from POST to completed, at 10 orders a second',
  run: async (lab) => {
    const system = await lab.system();
    await system.sql('order', 'create table step (id uuid primary key, note text not null)');
    await system.sql('order', 'grant insert on step to order_service');
    await fillShelves(system);
    for (const name of services) await lab.service({ system, name });
    const { url } = system.processes.order;
    await timesOf(system, await placeSteadily({ url, rate, seconds: lab.amount(10, 1) }));
    const p99 = { ours: [] as number[], alone: [] as number[] };
    const { ours, alone } = await lab.inTurns({
      ours: async () => {
        const times = await timesOf(system, await placeSteadily({ url, rate, seconds: lab.amount(12, 2) }));
        p99.ours.push(quantile(times, 0.99));
        return median(times);
      },
      alone: async () => {
        const parts = await measureParts(lab, system, { count: lab.amount(100, 10), pause });
        p99.alone.push(whole(parts, (values) => quantile(values, 0.99)));
        return whole(parts, median);
      },
    });
    const hurried = whole(await measureParts(lab, system, { count: lab.amount(400, 10), pause: 0 }), median);
    const against = 'its commits and hops alone, added up';
    const common = { against, unit: 'ms', atMost: true };
    const note = { text: `without the pauses its commits and hops take ${hurried.toFixed(1)} ms`, isMet: true };
    return [
      toRow({ name: 'latency, p50', ours, limit: alone, target: 2, notes: [note], ...common }),
      toRow({ name: 'latency, p99', ours: p99.ours, limit: p99.alone, ...common }),
    ];
  },
};

interface Parts extends Commits {
  readonly hops: readonly number[];
}

/** One at a time. The services are up, and have nothing to do. */
async function measureParts(lab: Lab, system: System, pace: Paced): Promise<Parts> {
  const { DATABASE_URL: databaseUrl } = system.processes.order.environment;
  const commit = await lab.program('limits/commit.ts', { databaseUrl, table: 'order_service.step', ...pace });
  const commits = await commit.hear<Commits>();
  await commit.end();
  const { queueType } = system;
  const hop = await lab.program('limits/hop.ts', { brokerUrl: system.vhost.url(), queueType, ...pace });
  const { times: hops } = await hop.hear<{ times: number[] }>();
  await hop.end();
  const parts = { ...commits, hops };
  const text = Object.entries(parts).map(([name, times]) => `${name} ${median(times).toFixed(2)} ms`);
  lab.say(`alone: ${text.join(', ')}`);
  return parts;
}

function whole(parts: Parts, of: (values: readonly number[]) => number): number {
  const names = Object.keys(onThePath) as (keyof typeof onThePath)[];
  return names.reduce((sum, name) => sum + onThePath[name] * of(parts[name]), 0);
}
