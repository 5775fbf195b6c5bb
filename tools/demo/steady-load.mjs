import { kindOf } from './kinds.mjs';
import { placeOrder } from './placed-order.mjs';
import { awaitEnds, percentile } from './report.mjs';
import { sumsOf } from './shop.mjs';
import { printTotals } from './totals.mjs';

const REPORT_EVERY = 1_000;

/** How long the last orders may take to end once none is placed any more. */
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
  const begunAt = performance.now();
  let reportAt = begunAt + REPORT_EVERY;
  const report = () => {
    if (performance.now() < reportAt) return;
    reportAt += REPORT_EVERY;
    process.stdout.write(`${progress(orders, performance.now() - begunAt)}\n`);
  };
  let isPlacing = true;
  const placed = placeSteadily(shop, load, orders).finally(() => {
    isPlacing = false;
  });
  const [open] = await Promise.all([
    awaitEnds(shop, orders, { within: WITHIN, seen: report, mayGrow: () => isPlacing }),
    placed,
  ]);
  process.stdout.write(`${progress(orders, performance.now() - begunAt)}\n`);
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
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
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

/** @param {import('./placed-order.mjs').PlacedOrder[]} orders @param {number} elapsed milliseconds */
function progress(orders, elapsed) {
  const times = orders.flatMap(({ placedAt, endedAt }) => (endedAt === undefined ? [] : [endedAt - placedAt]));
  const within = (/** @type {number} */ share) => `${(percentile(times, share) / 1000).toFixed(2)} s`;
  const speed = times.length > 0 ? `; half of those within ${within(0.5)}, 95 of 100 within ${within(0.95)}` : '';
  return `${(elapsed / 1000).toFixed(0).padStart(4)} s  ${orders.length} placed, ${times.length} ended and signed for${speed}`;
}
