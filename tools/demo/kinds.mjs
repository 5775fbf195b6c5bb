/**
 * A kind of order that the demo places, and how it must end.
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} token what the sandbox gateway answers by
 * @property {{ sku: string, quantity: number }[]} lines
 * @property {'bulk' | 'low' | 'normal' | 'high' | 'urgent'} [priority]
 * @property {boolean} [isCancelled] by the customer, as soon as it is placed
 * @property {'completed' | 'cancelled' | 'confirmed'} end
 * @property {string} [why] the reason, where it is cancelled
 * @property {boolean} [needsAttention] it ends with a person having to look at it
 */

const mugs = [{ sku: 'mug', quantity: 2 }];
const teatime = [
  { sku: 'mug-large', quantity: 4 },
  { sku: 'tea-assam', quantity: 1 },
];

/** One of each kind, and the good ones at every priority. @type {Kind[]} */
export const dozen = [
  { name: 'approved', token: 'tok_approved', lines: mugs, end: 'completed' },
  { name: 'approved', token: 'tok_approved', lines: teatime, priority: 'bulk', end: 'completed' },
  { name: 'approved', token: 'tok_approved', lines: mugs, priority: 'low', end: 'completed' },
  { name: 'approved', token: 'tok_approved', lines: teatime, priority: 'high', end: 'completed' },
  { name: 'approved', token: 'tok_approved', lines: mugs, priority: 'urgent', end: 'completed' },
  { name: 'slow gateway', token: 'tok_slow', lines: teatime, end: 'completed' },
  { name: 'charge, then hang', token: 'tok_charge_then_hang', lines: mugs, end: 'completed' },
  { name: 'card declined', token: 'tok_declined', lines: mugs, end: 'cancelled', why: 'payment-declined' },
  {
    name: 'insufficient funds',
    token: 'tok_insufficient_funds',
    lines: teatime,
    priority: 'high',
    end: 'cancelled',
    why: 'payment-declined',
  },
  {
    name: 'out of stock',
    token: 'tok_approved',
    lines: [{ sku: 'globe', quantity: 4 }],
    end: 'cancelled',
    why: 'out-of-stock',
  },
  { name: 'cancelled', token: 'tok_slow', lines: mugs, isCancelled: true, end: 'cancelled', why: 'customer' },
  { name: 'capture fails', token: 'tok_capture_fails', lines: mugs, end: 'confirmed', needsAttention: true },
];

/** A steady load has mostly good orders, and some of every other kind but those that a person would have to look at. */
const mix = [
  ...Array(4)
    .fill(dozen.filter(({ name }) => name === 'approved'))
    .flat(),
  ...dozen.filter(({ needsAttention }) => !needsAttention),
];

/** @param {number} number of the order, from 0 @returns {Kind} */
export function kindOf(number) {
  return /** @type {Kind} */ (mix[number % mix.length]);
}
