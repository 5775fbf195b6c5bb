import { eventually } from '@waybill/testing';
import type { Arena } from '../arena';
import { openRequests } from '../domain';
import type { Scenario } from '../scenario';

const buyers = 200;
const sku = 'globe';

const lastUnit: Scenario = {
  name: 'last-unit',
  family: 'time-and-load',
  does: `${buyers} buyers ask for the last unit at once, at two processes of each service`,
  instances: 2,
  rate: 0,
  run: async (arena) => {
    const { system, say } = arena;
    const [stock] = await system.sql<{ left: number }>(
      'warehouse',
      'select on_hand as left from stock where sku = $1',
      [sku],
    );
    for (let unit = 1; unit < (stock?.left ?? 0); unit++) await buy(arena);
    await allEnded(arena);
    const keys = new Set(await Promise.all(Array.from({ length: buyers }, () => buy(arena))));
    await allEnded(arena);
    const orders = await system.sql<{ customer: string; status: string }>(
      'order',
      'select customer_id as customer, status from "order"',
    );
    const sold = orders.filter(({ customer, status }) => keys.has(customer) && status === 'completed').length;
    const refused = orders.filter(({ customer, status }) => keys.has(customer) && status === 'cancelled').length;
    say(`${sold} of ${keys.size} buyers got it, ${refused} did not`);
    if (sold !== 1 || refused !== buyers - 1) throw new Error('one must get it, and nobody else');
  },
};

/** @returns the customer, once the order is placed */
async function buy({ load }: Arena): Promise<string> {
  const key = load.nextKey();
  await load.place(
    { path: '/orders', body: { customerId: key, lines: [{ sku, quantity: 1 }], payment: { token: 'tok_approved' } } },
    key,
  );
  return key;
}

async function allEnded({ system }: Arena): Promise<void> {
  await eventually(
    'every order has ended',
    async () => {
      const open = await system.sql('order', openRequests);
      if (open.length > 0) throw new Error(`${open.length} are open`);
    },
    120_000,
  );
}

export const lastUnitScenarios: readonly Scenario[] = [lastUnit];
