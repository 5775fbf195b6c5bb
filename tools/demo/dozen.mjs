import { awaitEnds } from './await-ends.mjs';
import { dozen } from './kinds.mjs';
import { placeOrder } from './placed-order.mjs';
import { sumsOf } from './shop.mjs';
import { Table } from './table.mjs';
import { printTotals } from './totals.mjs';

const WITHIN = 60_000;

/**
 * Places one order of every kind and shows them until they have ended, then the totals.
 * @param {import('./shop.mjs').Shop} shop
 * @returns {Promise<boolean>} whether all ended as they must, and the totals balance
 */
export async function runDozen(shop) {
  const before = sumsOf(await shop.stock());
  const orders = await Promise.all(dozen.map((kind) => placeOrder(shop, kind)));
  const table = new Table();
  const open = await awaitEnds(shop, orders, { within: WITHIN, seen: () => table.draw(orders) });
  for (const { kind, order } of open) {
    process.stdout.write(`✗ ${kind.name}: order ${order.id} is ${order.status} after ${WITHIN / 1000} s\n`);
  }
  const balanced = await printTotals(shop, orders, before);
  return open.length === 0 && balanced;
}
