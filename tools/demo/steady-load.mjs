import { setTimeout as delay } from 'node:timers/promises';
import { awaitEnds } from './await-ends.mjs';
import { kindOf } from './kinds.mjs';
import { isAtItsEnd, placeOrder } from './placed-order.mjs';
import { sumsOf } from './shop.mjs';
import { printTotals } from './totals.mjs';

const LOOK_EVERY = 1_000;

/** How long the last orders may take to end once none is placed any more, and then to be signed for. */
const WITHIN = 120_000;

/**
 * Places orders at a steady rate, whether or not the earlier ones have ended, and shows how many have, then the totals.
 * @param {import('./shop.mjs').Shop} shop
 * @param {{ rate: number, minutes: number }} load orders a second, and for how long
 * @returns {Promise<boolean>} whether all ended as they must, and the totals balance
 */
export async function runSteadily(shop, load) {
  const before = sumsOf(await shop.stock());
  /** @type {import('./placed-order.mjs').PlacedOrder[]} */
  const orders = [];
  let isPlacing = true;
  const placing = placeSteadily(shop, load, orders).finally(() => {
    isPlacing = false;
  });
  await Promise.all([placing, watch(shop, orders, () => isPlacing)]);
  process.stdout.write('looking whether all is signed for\n');
  const open = await awaitEnds(shop, orders, { within: WITHIN, seen: () => {} });
  for (const { kind, order } of open) process.stdout.write(`✗ ${kind.name}: order ${order.id} is ${order.status}\n`);
  const balanced = await printTotals(shop, orders, before);
  return open.length === 0 && balanced;
}

/** @param {import('./shop.mjs').Shop} shop @param {{ rate: number, minutes: number }} load @param {import('./placed-order.mjs').PlacedOrder[]} orders gets each */
async function placeSteadily(shop, { rate, minutes }, orders) {
  const begunAt = performance.now();
  const placing = [];
  /** @type {unknown} */
  let failure;
  for (let number = 0; number < Math.ceil(rate * minutes * 60) && failure === undefined; number++) {
    const wait = begunAt + (number / rate) * 1000 - performance.now();
    if (wait > 0) await delay(wait);
    placing.push(
      placeOrder(shop, kindOf(number)).then(
        (order) => orders.push(order),
        (error) => {
          failure ??= error;
        },
      ),
    );
  }
  await Promise.all(placing);
  if (failure !== undefined) throw failure;
}

/**
 * Says every second how far the orders are, until all are at their end, or the time is up, which begins when no more are to come.
 * @param {import('./shop.mjs').Shop} shop @param {import('./placed-order.mjs').PlacedOrder[]} orders @param {() => boolean} isPlacing
 */
async function watch(shop, orders, isPlacing) {
  const begunAt = performance.now();
  let deadline = begunAt + WITHIN;
  let open = 1;
  while (isPlacing() || (open > 0 && performance.now() < deadline)) {
    if (isPlacing()) deadline = performance.now() + WITHIN;
    await delay(LOOK_EVERY);
    await refresh(
      shop,
      orders.filter((placed) => !isAtItsEnd(placed)),
    );
    open = orders.filter((placed) => !isAtItsEnd(placed)).length;
    process.stdout.write(`${progress(orders, performance.now() - begunAt)}\n`);
  }
}

/**
 * Looks at many orders again, a page at a time: their ids order them by time, as the pages do.
 * @param {import('./shop.mjs').Shop} shop @param {import('./placed-order.mjs').PlacedOrder[]} open
 */
async function refresh(shop, open) {
  const wanted = new Map(open.map((placed) => [placed.order.id, placed]));
  /** @type {string | null | undefined} */
  let cursor;
  while (wanted.size > 0 && cursor !== null) {
    const { items, nextCursor } = await shop.orders(cursor);
    for (const order of items) {
      const placed = wanted.get(order.id);
      if (placed) placed.order = order;
      wanted.delete(order.id);
    }
    cursor = nextCursor;
  }
}

/** @param {import('./placed-order.mjs').PlacedOrder[]} orders @param {number} elapsed milliseconds */
function progress(orders, elapsed) {
  const times = orders.flatMap(({ order: { placedAt, completedAt, cancelledAt } }) => {
    const endedAt = completedAt ?? cancelledAt;
    return endedAt ? [Date.parse(endedAt) - Date.parse(placedAt)] : [];
  });
  const within = (/** @type {number} */ share) => `${(percentile(times, share) / 1000).toFixed(2)} s`;
  const speed = times.length > 0 ? `; half of those within ${within(0.5)}, 95 of 100 within ${within(0.95)}` : '';
  return `${(elapsed / 1000).toFixed(0).padStart(4)} s  ${orders.length} placed, ${times.length} at their end${speed}`;
}

/** @param {number[]} values @param {number} share from 0 to 1 */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
