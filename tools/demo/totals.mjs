import { atMost } from './at-most.mjs';
import { balance } from './balance.mjs';
import { deliveries } from './placed-order.mjs';
import { sumsOf } from './shop.mjs';

/**
 * Prints what became of messages, money and goods.
 * @param {import('./shop.mjs').Shop} shop
 * @param {import('./placed-order.mjs').PlacedOrder[]} placed
 * @param {import('./shop.mjs').StockSums} before
 * @returns {Promise<boolean>} whether money and goods balance
 */
export async function printTotals(shop, placed, before) {
  const logs = await atMost(10, placed, ({ order }) => shop.gatewayLog(order.id));
  const orders = placed.map(({ order }, at) => ({ order, log: logs[at]?.entries ?? [] }));
  const result = balance({ orders, before, after: sumsOf(await shop.stock()) });
  const currency = placed[0]?.order.currency ?? '';
  const messages = placed.flatMap((order) => order.messages);
  const signedFor = placed.flatMap(deliveries).filter(({ state }) => state === 'processed').length;
  const { authorized, captured, voided, held } = result.money;
  const { dispatched, gone, reserved } = result.stock;
  const flagged = placed.filter(({ order }) => order.attention.length > 0).length;
  const lines = [
    `orders    ${placed.length} placed: ${counts(placed.map(({ order }) => order.status))}${flagged > 0 ? `; ${flagged} for a person to look at (!)` : ''}`,
    `messages  ${messages.length} recorded, ${messages.filter(({ state }) => state === 'confirmed').length} confirmed, ${signedFor} of ${placed.flatMap(deliveries).length} deliveries signed for`,
    `money     ${money(authorized, currency)} authorized = ${money(captured, currency)} captured + ${money(voided, currency)} voided + ${money(held, currency)} held`,
    `stock     ${gone} pieces gone, ${dispatched} dispatched, ${reserved} more set aside than before`,
    ...result.faults.map((fault) => `✗ ${fault}`),
    ...(result.faults.length === 0 ? ['✓ money and goods balance'] : []),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return result.faults.length === 0;
}

/** @param {string[]} statuses */
function counts(statuses) {
  return [...new Set(statuses)]
    .sort()
    .map((status) => `${statuses.filter((each) => each === status).length} ${status}`)
    .join(', ');
}

/** @param {number} amount minor units @param {string} currency */
function money(amount, currency) {
  return `${(amount / 100).toFixed(2)} ${currency}`;
}
