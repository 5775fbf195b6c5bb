import { look } from './placed-order.mjs';

const AT_ONCE = 10;

/**
 * Looks at the orders again and again until each has ended, or the time is up.
 * @param {import('./shop.mjs').Shop} shop
 * @param {import('./placed-order.mjs').PlacedOrder[]} orders
 * @param {object} options
 * @param {number} options.within milliseconds
 * @param {() => void} options.seen after each look at all of them
 * @returns {Promise<import('./placed-order.mjs').PlacedOrder[]>} those that have not ended
 */
export async function awaitEnds(shop, orders, { within, seen }) {
  const deadline = performance.now() + within;
  for (;;) {
    const open = orders.filter(({ endedAt }) => endedAt === undefined);
    await atMost(AT_ONCE, open, (placed) => look(shop, placed));
    seen();
    const left = orders.filter(({ endedAt }) => endedAt === undefined);
    if (left.length === 0 || performance.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/**
 * @template Item, Result
 * @param {number} count of calls that run at a time
 * @param {Item[]} items
 * @param {(item: Item) => Promise<Result>} work
 * @returns {Promise<Result[]>} in the order of the items
 */
export async function atMost(count, items, work) {
  /** @type {Result[]} */
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(/** @type {Item} */ (items[at]));
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}

/** @param {number} amount minor units @param {string} currency */
export function money(amount, currency) {
  return `${(amount / 100).toFixed(2)} ${currency}`;
}

/** @param {number[]} values @param {number} share from 0 to 1 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
