import { atMost } from './at-most.mjs';
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
