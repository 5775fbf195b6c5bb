import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

/** Of an order, in milliseconds. More than the clock counts of time in which nobody ticked (10 s), and than a start of payment takes. */
const deadline = 20_000;

/** Milliseconds. */
const outage = 25_000;

const orders = 10;

const outages: readonly { what: string; begin(arena: Arena): Promise<void>; end(arena: Arena): Promise<void> }[] = [
  { what: 'Postgres', begin: ({ postgres }) => postgres.kill(), end: ({ postgres }) => postgres.start() },
  { what: 'the broker', begin: ({ broker }) => broker.kill(), end: ({ broker }) => broker.start() },
  {
    what: 'the order service',
    begin: ({ system }) => system.order.kill(),
    end: ({ system }) => system.order.start(),
  },
];

export const deadlineScenarios: readonly Scenario[] = [
  {
    name: 'away-past-the-deadline',
    family: 'time-and-load',
    does: 'orders wait for payment, and Postgres, the broker and the order service are away for longer than the time that an order has',
    rate: 0,
    env: { ORDER_DEADLINE: `${deadline}ms` },
    run: async (arena) => {
      const { system, say } = arena;
      for (const { what, begin, end } of outages) {
        await system.payment.stop();
        const ids = await Promise.all(Array.from({ length: orders }, () => place(arena)));
        await timeHasBegun(arena, ids);
        await begin(arena);
        await pause(outage);
        await end(arena);
        await system.payment.start();
        arena.healed();
        const ended = await endings(arena, ids);
        say(`${what} was away for ${outage / 1_000} s: ${orders} orders are ${[...new Set(ended)].join(' and ')}`);
        if (ended.some((ending) => ending !== 'completed'))
          throw new Error(`While ${what} was away, the time of orders went on`);
      }
    },
  },
];

function place({ load }: Arena): Promise<string> {
  const lines = [{ sku: 'mug', quantity: 1 }];
  return load.place((customerId) => ({
    path: '/orders',
    body: { customerId, lines, payment: { token: 'tok_approved' } },
  }));
}

async function timeHasBegun({ system }: Arena, ids: readonly string[]): Promise<void> {
  await eventually('the time of all orders has begun', async () => {
    const waiting = await system.sql(
      'order',
      `select from "order" where id = any ($1) and stock = 'reserved' and awaited_from_ms is not null`,
      [ids],
    );
    if (waiting.length !== ids.length) throw new Error(`of ${waiting.length} it has`);
  });
}

/** The status of each, once all have ended, and why if it was cancelled. */
async function endings({ system }: Arena, ids: readonly string[]): Promise<string[]> {
  return await eventually(
    'all orders have ended',
    async () => {
      const ended = await system.sql<{ ending: string }>(
        'order',
        `select concat_ws(': ', status, cancel_reason) as ending from "order" where id = any ($1) and status in ('completed', 'cancelled')`,
        [ids],
      );
      if (ended.length !== ids.length) throw new Error(`${ended.length} have`);
      return ended.map(({ ending }) => ending);
    },
    60_000,
  );
}
