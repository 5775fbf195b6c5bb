import { services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { awaitRow } from '../await-row';
import { placeBulk } from '../bulk-orders';
import type { BenchPath } from '../lab';
import { quantile, toRow } from '../row';
import { fillShelves, placeSteadily, timesOf } from '../timed-orders';

const rate = 10;

export const priority: BenchPath = {
  name: 'priority',
  does: 'p99 from POST to completed of urgent orders, 10 a second, while 50,000 bulk orders wait',
  run: async (lab) => {
    const bulk = lab.amount(50_000, 200);
    const system = await lab.system();
    await fillShelves(system);
    for (const name of services) await lab.service({ system, name });
    await measure(system, lab.amount(8, 1));
    const seconds = lab.amount(25, 2);
    const alone = await measure(system, seconds);
    lab.say(`urgent orders alone: p99 ${alone.toFixed(0)} ms`);
    await placeBulk(system, bulk);
    // By then there are bulk messages in each outbox and in each queue on an order's way.
    await awaitRow(() =>
      system.sql('order', `select from "order" where priority = 'bulk' and status = 'completed' limit 1`),
    );
    const beside = await measure(system, seconds);
    const waiting = await bulkLeft(system);
    lab.say(`beside bulk orders: p99 ${beside.toFixed(0)} ms, and ${waiting} of ${bulk} still wait`);
    return [
      toRow({
        name: 'priority',
        against: 'urgent orders alone',
        unit: 'ms',
        ours: [beside],
        limit: [alone],
        target: 3,
        atMost: true,
        notes: [{ text: `${waiting} of ${bulk} bulk orders waited to the end`, isMet: waiting > bulk / 2 }],
      }),
    ];
  },
};

/** @returns the p99 of urgent orders */
async function measure(system: System, seconds: number): Promise<number> {
  const { url } = system.processes.order;
  return quantile(await timesOf(system, await placeSteadily({ url, rate, seconds, priority: 'urgent' })), 0.99);
}

async function bulkLeft(system: System): Promise<number> {
  const [row] = await system.sql<{ count: number }>(
    'order',
    `select count(*)::int as count from "order" where priority = 'bulk' and status <> 'completed'`,
  );
  return row?.count ?? Number.NaN;
}
