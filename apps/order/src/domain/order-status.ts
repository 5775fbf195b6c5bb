/**
 * The states of an order.
 * - `placed`: taken, and told to payment and warehouse. Nothing moves it on yet.
 */
export const orderStatuses = ['placed'] as const;

export type OrderStatus = (typeof orderStatuses)[number];
