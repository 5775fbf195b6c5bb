import type { System } from '@waybill/testing';
import { fillWithFinishedOrders, messagesAnOrder } from '../finished-orders';
import type { BenchPath, Lab } from '../lab';
import { prepareOrders } from '../order-load';
import { measureAnswers, measureOrderRelay } from '../order-run';
import { quantile, toRow } from '../row';
import type { Service } from '../service';
import { steadyLoad } from '../steady-load';

/** POST /orders a second, of each side, and as many questions what became of one. */
const rate = 30;
const read = (orderId: string) => `/messages?correlationId=${orderId}`;

/** Two databases on one server, measured in turns: one has had ten million messages, the other none. */
export const growth: BenchPath = {
  name: 'growth',
  does: 'the order service with 10,000,000 finished messages in its tables, against one whose tables were empty',
  run: async (lab) => {
    const orders = Math.ceil(lab.amount(10_000_000, 6_000) / messagesAnOrder);
    const [full, empty] = [await lab.system(), await lab.system()];
    for (const system of [full, empty]) await prepareOrders(system);
    await fillWithFinishedOrders(lab, full, orders);
    // What a busy table looks like: full of rows that were, with vacuum on its way or behind.
    const churn = lab.amount(100_000, 500);
    for (const system of [full, empty])
      lab.say(`churn: ${(await measureOrderRelay(lab, system, churn)).toFixed(0)} messages/s`);
    // As autovacuum does within a minute: a table of which nothing is known is read in odd ways.
    for (const system of [full, empty]) await system.sql('order', 'analyze');
    const count = lab.amount(50_000, 500);
    const relay = await lab.inTurns({
      full: () => measureOrderRelay(lab, full, count),
      empty: () => measureOrderRelay(lab, empty, count),
    });
    const answers = lab.amount(3_000, 200);
    const consume = await lab.inTurns({
      full: () => measureAnswers(lab, full, answers),
      empty: () => measureAnswers(lab, empty, answers),
    });
    const api = await measureApi(lab, full, empty);
    const against = 'with empty tables';
    const common = { against, unit: 'messages/s', target: 0.95 };
    const slow = { against, unit: 'ms', target: 1.05, atMost: true };
    return [
      toRow({ ...common, name: 'growth, relay', ours: relay.full, limit: relay.empty }),
      toRow({ ...common, name: 'growth, consume', ours: consume.full, limit: consume.empty }),
      toRow({ ...slow, name: 'growth, POST p95', ours: api.post.full, limit: api.post.empty }),
      toRow({ ...slow, name: 'growth, journey p95', ours: api.read.full, limit: api.read.empty }),
    ];
  },
};

/** Both services run, and are asked in turns, request by request. */
async function measureApi(lab: Lab, ...systems: readonly [full: System, empty: System]) {
  const services: Service[] = [];
  for (const system of systems) services.push(await lab.service({ system, name: 'order' }));
  const urls = services.map(({ url }) => url);
  const load = (milliseconds: number) => steadyLoad({ urls, rate, read, signal: AbortSignal.timeout(milliseconds) });
  const p95 = {
    post: { full: [] as number[], empty: [] as number[] },
    read: { full: [] as number[], empty: [] as number[] },
  };
  await load(lab.amount(8_000, 500));
  for (let round = 0; round < lab.amount(4, 1); round++) {
    const [full, empty] = await load(lab.amount(10_000, 1_000));
    if (!full || !empty) throw new Error('Two were asked');
    for (const kind of ['post', 'read'] as const) {
      p95[kind].full.push(quantile(full[kind], 0.95));
      p95[kind].empty.push(quantile(empty[kind], 0.95));
    }
    const said = [p95.post.full, p95.post.empty].map((values) => values.at(-1)?.toFixed(2));
    lab.say(`round ${round + 1}: POST p95 full ${said[0]} ms, empty ${said[1]} ms`);
  }
  for (const service of services) await service.end();
  return p95;
}
