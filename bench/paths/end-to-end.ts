import { services } from '@waybill/contracts';
import { consumeSystem, measureConsume, startByHand } from '../consume-run';
import type { BenchPath, Lab } from '../lab';
import { toRow } from '../row';
import { completionsOf, fillShelves, placeAll } from '../timed-orders';

const connections = 32;

/** Of an approved order: order.placed and order.confirmed go to two services each, and four answers go to one. */
const deliveriesAnOrder = 8;

/**
 * What limits an order is that each of its deliveries takes a transaction, a next event and a receipt: the slowest path that is measured, `consume`.
 * One consumer by hand, alone on the machine, does so many deliveries a second; an order has eight of them, so the limit is an eighth of that. It is
 * generous: it has no HTTP in it, no payment gateway, which commits four more times an order, and one process instead of three.
 */
export const endToEnd: BenchPath = {
  name: 'end-to-end',
  does: 'orders a second from the first POST to the last completed, over 32 connections, one process of each service',
  run: async (lab) => {
    const [orders, messages] = [await lab.system(), await consumeSystem(lab)];
    await fillShelves(orders);
    for (const name of services) await lab.service({ system: orders, name });
    const { url } = orders.processes.order;
    const run = async (count: number) => {
      const sent = await placeAll(url, count, connections);
      const last = Math.max(...(await completionsOf(orders, sent)));
      return count / ((last - Math.min(...sent.values())) / 1000);
    };
    await run(lab.amount(200, 20));
    const { ours, consumed } = await lab.inTurns(
      { ours: () => run(lab.amount(1_000, 50)), consumed: () => consume(lab, messages) },
      2,
    );
    const limit = consumed.map((rate) => rate / deliveriesAnOrder);
    const against = `one consumer by hand, ${deliveriesAnOrder} deliveries an order`;
    return [toRow({ name: 'end-to-end', against, unit: 'orders/s', ours, limit })];
  },
};

async function consume(lab: Lab, system: Awaited<ReturnType<typeof consumeSystem>>): Promise<number> {
  const start = () => startByHand(lab, system, 'limits/whole-consumer.ts');
  return await measureConsume(system, lab.amount(5_000, 200), start, { isSent: true, isSigned: true });
}
