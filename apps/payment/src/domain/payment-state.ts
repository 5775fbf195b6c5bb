/**
 * The states of a payment.
 * - `requested`: the order is known, and its amount is to be collected. Nothing moves it on yet.
 */
export const paymentStates = ['requested'] as const;

export type PaymentState = (typeof paymentStates)[number];
