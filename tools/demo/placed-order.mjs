import { randomUUID } from 'node:crypto';

/**
 * An order of the demo, and what is known of it so far.
 * @typedef {object} PlacedOrder
 * @property {import('./kinds.mjs').Kind} kind
 * @property {import('./shop.mjs').Order} order as last seen
 * @property {import('./shop.mjs').Message[]} messages as last seen
 * @property {number} placedAt milliseconds, of this process's clock
 * @property {number} [endedAt] when it was first seen at its end, with all its messages signed for
 */

/**
 * Places an order, and cancels it at once where its kind says so.
 * @param {import('./shop.mjs').Shop} shop
 * @param {import('./kinds.mjs').Kind} kind
 * @returns {Promise<PlacedOrder>}
 */
export async function placeOrder(shop, kind) {
  const placedAt = performance.now();
  const order = await shop.place(kind, randomUUID());
  return { kind, order: kind.isCancelled ? await shop.cancel(order.id) : order, messages: [], placedAt };
}

/**
 * Looks at an order again, and at its messages.
 * @param {import('./shop.mjs').Shop} shop
 * @param {PlacedOrder} placed is changed
 */
export async function look(shop, placed) {
  const [order, journey] = await Promise.all([shop.order(placed.order.id), shop.journey(placed.order.id)]);
  placed.order = order;
  placed.messages = journey.messages;
  if (hasEnded(placed) && journey.unavailable.length === 0) placed.endedAt = performance.now();
}

/** @param {PlacedOrder} placed */
export function confirmedMessages({ messages }) {
  return messages.filter(({ state }) => state === 'confirmed').length;
}

/** @param {PlacedOrder} placed */
export function deliveries({ messages }) {
  return messages.flatMap((message) => message.deliveries);
}

/** @param {PlacedOrder} placed */
export function signed(placed) {
  return deliveries(placed).filter(({ state }) => state === 'processed').length;
}

/** Whether it is where its kind ends. @param {PlacedOrder} placed */
export function isAtItsEnd({ order, kind }) {
  if (order.status !== kind.end || (kind.needsAttention && order.attention.length === 0)) return false;
  return !kind.why || order.cancelReason === kind.why;
}

/** Whether it is at its end, and every message is confirmed and signed for. @param {PlacedOrder} placed */
function hasEnded(placed) {
  if (!isAtItsEnd(placed)) return false;
  return confirmedMessages(placed) === placed.messages.length && signed(placed) === deliveries(placed).length;
}
