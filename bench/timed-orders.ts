import { setTimeout as pause } from 'node:timers/promises';
import type { Priority } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { awaitRow } from './await-row';

/** Orders that were placed: by id, when their POST was sent, in milliseconds since 1970. The database is on this machine, so that its clock is ours. */
export type SentOrders = ReadonlyMap<string, number>;

/** The whole price list. */
const goods = [
  ...[
    'mug',
    'mug-large',
    'teapot',
    'tea-assam',
    'tea-sencha',
    'coffee-beans',
    'coffee-filter',
    'french-press',
    'grinder',
  ],
  ...['kettle', 'notebook', 'pencil', 'fountain-pen', 'ink', 'desk-lamp', 'backpack', 'umbrella', 'wool-blanket'],
  ...['gift-card', 'globe'],
];

/** Fills the shelves, so that there is enough of everything for any number of orders. */
export async function fillShelves(system: System): Promise<void> {
  await system.sql('warehouse', 'update stock set on_hand = 100000000');
}

/** Places one order that payment and warehouse say yes to. @returns its id. @throws Error when it is not taken. */
async function place(url: string, number: number, priority: Priority): Promise<string> {
  // No two orders on their way side by side want the same, as far as the list goes: else they would wait for one row of the stock.
  const [first, second] = [2 * number, 2 * number + 1].map((n) => goods[n % goods.length]);
  const order = {
    customerId: `customer-${number % 100}`,
    priority,
    lines: [
      { sku: first, quantity: 2 },
      { sku: second, quantity: 1 },
    ],
    payment: { token: 'tok_approved' },
  };
  const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
  const answer = await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
  const { id } = (await answer.json()) as { id: string };
  if (answer.status !== 201) throw new Error(`POST ${url}/orders was answered with ${answer.status}`);
  return id;
}

export interface SteadyOrders {
  readonly url: string;
  /** Orders a second, however long the answers take. */
  readonly rate: number;
  readonly seconds: number;
  readonly priority?: Priority;
}

/** Places orders at a fixed rate. An order counts as sent when it was due. */
export async function placeSteadily({ url, rate, seconds, priority = 'normal' }: SteadyOrders): Promise<SentOrders> {
  const began = Date.now();
  const placing: Promise<[string, number]>[] = [];
  for (let turn = 0; turn < rate * seconds; turn++) {
    const due = began + (turn * 1000) / rate;
    await pause(Math.max(0, due - Date.now()));
    placing.push(place(url, turn, priority).then((id) => [id, due]));
  }
  return new Map(await Promise.all(placing));
}

/** Places so many orders as fast as they are taken, over so many connections. */
export async function placeAll(url: string, count: number, connections: number): Promise<SentOrders> {
  const sent = new Map<string, number>();
  let number = 0;
  const connection = async () => {
    while (number < count) {
      const at = Date.now();
      sent.set(await place(url, number++, 'normal'), at);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return sent;
}

/** Waits until all of them are completed. @returns when each was, in milliseconds since 1970 and in their order. @throws Error when one was cancelled. */
export async function completionsOf(system: System, orders: SentOrders): Promise<number[]> {
  const ids = [...orders.keys()];
  const { completions, cancelled } = await awaitRow(() =>
    system.sql<{ completions: number[]; cancelled: number }>(
      'order',
      `select array_agg(extract(epoch from completed_at)::float8 * 1000 order by number) as completions,
         count(*) filter (where status = 'cancelled')::int as cancelled
       from "order" join unnest($1::uuid[]) with ordinality as placed (id, number) using (id)
       having count(*) filter (where status in ('completed', 'cancelled')) = cardinality($1)`,
      [ids],
    ),
  );
  if (cancelled > 0) throw new Error(`${cancelled} orders were cancelled`);
  return completions;
}

/** Waits until all of them are completed. @returns the milliseconds from each POST to its order's completion. */
export async function timesOf(system: System, orders: SentOrders): Promise<number[]> {
  const sent = [...orders.values()];
  return (await completionsOf(system, orders)).map((at, index) => at - (sent[index] ?? Number.NaN));
}
