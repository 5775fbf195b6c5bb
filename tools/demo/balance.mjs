/**
 * What must be true of money and goods once all orders have ended.
 * @typedef {object} Balance
 * @property {{ authorized: number, captured: number, voided: number, held: number }} money minor units, by the gateway's own log
 * @property {{ dispatched: number, gone: number, reserved: number }} stock pieces: of completed orders, missing from the stock, set aside
 * @property {string[]} faults empty when it balances
 */

/**
 * @param {object} found
 * @param {{ order: import('./shop.mjs').Order, log: import('./shop.mjs').GatewayEntry[] }[]} found.orders
 * @param {{ onHand: number, reserved: number }} found.before the sums of the stock @param {{ onHand: number, reserved: number }} found.after
 * @returns {Balance}
 */
export function balance({ orders, before, after }) {
  const faults = orders.flatMap(({ order, log }) => moneyFaults(order, log));
  const sum = (/** @type {string} */ operation) =>
    orders.reduce((total, { log }) => total + amountOf(log, operation), 0);
  const money = { authorized: sum('authorize'), captured: sum('capture'), voided: sum('void') };
  const dispatched = orders
    .filter(({ order }) => order.status === 'completed' || order.status === 'confirmed')
    .reduce((total, { order }) => total + order.lines.reduce((pieces, { quantity }) => pieces + quantity, 0), 0);
  const gone = before.onHand - after.onHand;
  const reserved = after.reserved - before.reserved;
  if (gone !== dispatched) faults.push(`${gone} pieces are gone from the stock, and the orders had ${dispatched}`);
  if (reserved !== 0) faults.push(`${reserved} pieces more are set aside than before`);
  return {
    money: { ...money, held: money.authorized - money.captured - money.voided },
    stock: { dispatched, gone, reserved },
    faults,
  };
}

/** @param {import('./shop.mjs').Order} order @param {import('./shop.mjs').GatewayEntry[]} log @returns {string[]} */
function moneyFaults({ id, status, total, attention }, log) {
  const captured = amountOf(log, 'capture');
  const held = amountOf(log, 'authorize') - captured - amountOf(log, 'void');
  const wanted = status === 'completed' ? total : 0;
  return [
    ...(captured === wanted ? [] : [`order ${id} is ${status} and was charged ${captured} instead of ${wanted}`]),
    ...(held === 0 || attention.length > 0 ? [] : [`order ${id} is ${status} and ${held} is still held for it`]),
  ];
}

/** @param {import('./shop.mjs').GatewayEntry[]} log @param {string} operation */
function amountOf(log, operation) {
  return log
    .filter((entry) => entry.operation === operation && entry.outcome === 'approved')
    .reduce((sum, { amount }) => sum + amount, 0);
}
