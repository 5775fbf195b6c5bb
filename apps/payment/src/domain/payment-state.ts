/**
 * The states of a payment.
 * - `requested`: the intent to collect is committed, and the gateway may have been asked; its answer is not recorded yet. order.placed moves it
 *   to `authorized` or `declined`, order.cancelled to `voided`. Lasts as long as the gateway takes, retries included.
 * - `authorized`: the gateway holds the amount. order.confirmed moves it to `captured` or `capture-failed`, order.cancelled to `voided`.
 * - `declined`: the gateway holds nothing, for a reason. Final.
 * - `captured`: the money is taken. Final.
 * - `capture-failed`: the gateway refused to take what it held. Final here: a person has to look.
 * - `voided`: the order was cancelled, and nothing is kept. Final. Whatever the gateway still holds is given back before the message that
 *   finds this state is finished. Also the tombstone of a cancel that overtook its order: that one was never requested.
 */
export const paymentStates = ['requested', 'authorized', 'declined', 'captured', 'capture-failed', 'voided'] as const;

export type PaymentState = (typeof paymentStates)[number];

/**
 * What order.placed asks for, by the state it finds, at whatever moment it looks.
 * - `decide`: get the gateway's answer, and record it.
 * - `release`: give back what the gateway may hold; the order service gets no answer.
 */
export const whenPlaced: Readonly<Record<PaymentState, 'decide' | 'release' | 'nothing'>> = {
  requested: 'decide',
  authorized: 'nothing',
  declined: 'nothing',
  captured: 'nothing',
  'capture-failed': 'nothing',
  voided: 'release',
};

/**
 * What order.cancelled asks for.
 * - `void`: commit that nothing is kept, then release.
 * - `release`: give back what the gateway may hold.
 * - `refuse`: what was confirmed cannot be cancelled, so a person has to look.
 */
export const whenCancelled: Readonly<Record<PaymentState, 'void' | 'release' | 'nothing' | 'refuse'>> = {
  requested: 'void',
  authorized: 'void',
  declined: 'nothing',
  captured: 'refuse',
  'capture-failed': 'refuse',
  voided: 'release',
};

/**
 * What order.confirmed asks for.
 * - `wait`: it came too early, and is tried again later.
 * - `refuse`: what holds no money cannot be confirmed, so a person has to look.
 */
export const whenConfirmed: Readonly<Record<PaymentState, 'capture' | 'wait' | 'nothing' | 'refuse'>> = {
  requested: 'wait',
  authorized: 'capture',
  declined: 'refuse',
  captured: 'nothing',
  'capture-failed': 'nothing',
  voided: 'refuse',
};
