import type { System } from '@waybill/testing';
import { awaitRow } from '../await-row';
import { postAll } from '../http-load';
import type { BenchPath, Lab } from '../lab';
import type { IntakeSettings } from '../limits/intake-server';
import { toRow } from '../row';

const connections = 32;
/** As DATABASE_POOL_SIZE is by default. */
const poolSize = 10;
const goods = ['mug', 'teapot', 'tea-assam', 'grinder', 'kettle', 'notebook', 'pencil', 'ink', 'umbrella', 'globe'];

/** Two lines each. Their goods differ, as those of customers do: else all would wait for one row of the price list. */
const bodies = goods.map((sku, index) => ({
  customerId: `customer-${index}`,
  lines: [
    { sku, quantity: 2 },
    { sku: goods[(index + 1) % goods.length], quantity: 1 },
  ],
  payment: { token: 'tok_approved' },
}));

/**
 * Ours takes the orders, and its relay sends their events meanwhile, which costs it a part of the two cores; the limits take them and send
 * nothing. Each has a database of its own on the same server; whichever is not measured is idle.
 */
export const intake: BenchPath = {
  name: 'intake',
  does: 'POST /orders a second over 32 connections, each with an Idempotency-Key of its own',
  run: async (lab) => {
    const [ours, theirs] = [await lab.system(), await lab.system()];
    const { url } = await lab.service({ system: ours, name: 'order' });
    const bareUrl = await startLimit(lab, theirs, 'bare-intake.ts');
    const cteUrl = await startLimit(lab, theirs, 'cte-intake.ts');
    const load = (seconds: number) => ({
      ours: async () => {
        const rate = await takeOrders(ours, url, seconds);
        await awaitRelay(ours);
        return rate;
      },
      bare: () => takeOrders(theirs, bareUrl, seconds),
      cte: () => takeOrders(theirs, cteUrl, seconds),
    });
    for (const warmUp of Object.values(load(lab.amount(10, 1)))) await warmUp();
    const rates = await lab.inTurns(load(lab.amount(8, 2)));
    const unit = 'orders/s';
    const bare = 'Fastify and pg by hand, the same statements; sends no events';
    const cte = 'the same in one statement';
    return [
      toRow({ name: 'intake', against: bare, unit, ours: rates.ours, limit: rates.bare, target: 0.8 }),
      toRow({ name: 'intake, raw', against: cte, unit, ours: rates.ours, limit: rates.cte }),
    ];
  },
};

async function startLimit(lab: Lab, system: System, file: string): Promise<string> {
  const { DATABASE_URL } = system.processes.order.environment;
  if (!DATABASE_URL) throw new Error('The system has no URL for its database');
  const settings: IntakeSettings = { databaseUrl: DATABASE_URL, schema: 'order_service', poolSize };
  const program = await lab.program(`limits/${file}`, settings);
  return (await program.hear<{ url: string }>()).url;
}

/** @returns orders a second. @throws Error when an order lacks its lines, its kept answer or its event. */
async function takeOrders(system: System, url: string, seconds: number): Promise<number> {
  await emptyTables(system);
  const rate = await postAll({ url: `${url}/orders`, connections, seconds, bodies });
  const [written] = await system.sql<{ whole: boolean; counts: string }>(
    'order',
    `select orders > 0 and array[orders, orders, orders] = array[lines / 2, answers, events] as whole, counts::text
     from (select (select count(*) from "order") as orders, (select count(*) from order_line) as lines,
       (select count(*) from kept_answer) as answers, (select count(*) from outbox_message) as events) as counts`,
  );
  if (!written?.whole) throw new Error(`Not every order is whole; orders, lines, answers, events: ${written?.counts}`);
  return rate;
}

async function emptyTables(system: System): Promise<void> {
  // Requests that the load left behind are still being taken. They look for a kept answer first: in this order none of them waits for us half done.
  await system.sql('order', 'truncate kept_answer, "order", order_line, outbox_message, message_receipt');
  const channel = await system.vhost.channel();
  for (const queue of ['payment.order-placed', 'warehouse.order-placed']) await channel.purgeQueue(system.queue(queue));
  await channel.close();
}

/** Until then our relay would work in the time of the others. */
async function awaitRelay(system: System): Promise<void> {
  await awaitRow(() =>
    system.sql('order', `select where not exists (select from outbox_message where state = 'pending')`),
  );
}
