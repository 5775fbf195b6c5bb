/**
 * The running system, as a customer and an auditor see it: over HTTP alone.
 * @typedef {ReturnType<typeof openShop>} Shop
 */

/** Milliseconds; an answer that takes longer is a failure. */
const PATIENCE = 15_000;

/**
 * @typedef {object} Order
 * @property {string} id
 * @property {string} status
 * @property {string} priority
 * @property {number} total minor units
 * @property {string} currency
 * @property {string | null} cancelReason
 * @property {string[]} attention
 * @property {string} placedAt
 * @property {string | null} completedAt
 * @property {string | null} cancelledAt
 * @property {{ sku: string, quantity: number }[]} lines
 */

/** @typedef {{ type: string, state: string, deliveries: { consumer: string, state: string, attempts: number }[] }} Message */

/** @typedef {{ messages: Message[], unavailable: string[] }} Journey */

/** @typedef {{ operation: string, outcome: string, amount: number }} GatewayEntry */

/** @param {{ order: string, payment: string, warehouse: string }} urls */
export function openShop({ order, payment, warehouse }) {
  return {
    /** @param {import('./kinds.mjs').Kind} kind @param {string} key the same again is the same order @returns {Promise<Order>} */
    place: ({ token, lines, priority }, key) =>
      ask(`${order}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ customerId: 'demo', priority, lines, payment: { token } }),
      }),
    /** @param {string} id @returns {Promise<Order>} */
    cancel: (id) => ask(`${order}/orders/${id}/cancel`, { method: 'POST' }),
    /** @param {string} id @returns {Promise<Order>} */
    order: (id) => ask(`${order}/orders/${id}`),
    /** A page of all orders, newest first. @param {string} [cursor] @returns {Promise<{ items: Order[], nextCursor: string | null }>} */
    orders: (cursor) => ask(`${order}/orders?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
    /** @param {string} id @returns {Promise<Journey>} */
    journey: (id) => ask(`${order}/orders/${id}/journey`),
    /** What the gateway says it did for an order. @param {string} id @returns {Promise<{ entries: GatewayEntry[] }>} */
    gatewayLog: (id) => ask(`${payment}/sandbox-gateway/${id}`),
    /** @returns {Promise<{ items: { sku: string, onHand: number, reserved: number }[] }>} */
    stock: () => ask(`${warehouse}/stock`),
  };
}

/**
 * @typedef {{ onHand: number, reserved: number }} StockSums pieces of all goods
 * @param {{ items: { onHand: number, reserved: number }[] }} stock
 * @returns {StockSums}
 */
export function sumsOf({ items }) {
  return {
    onHand: items.reduce((sum, { onHand }) => sum + onHand, 0),
    reserved: items.reduce((sum, { reserved }) => sum + reserved, 0),
  };
}

/** @param {string} url @param {RequestInit} [request] */
async function ask(url, request = {}) {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE) }).catch((error) => {
    throw new Error(`${new URL(url).origin} does not answer (${error.cause?.code ?? error.message}): npm run up`);
  });
  const text = await response.text();
  const answer = JSON.parse(text);
  if (response.ok) return answer;
  const fields = (answer.errors ?? []).map(
    (/** @type {{ field: string, message: string }} */ { field, message }) => `${field}: ${message}`,
  );
  throw new Error(`${request.method ?? 'GET'} ${url}: ${response.status}. ${[answer.detail, ...fields].join(' ')}`);
}
