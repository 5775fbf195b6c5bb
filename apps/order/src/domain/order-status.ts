/**
 * The states of an order.
 * - `placed`: taken, and told to payment and warehouse. Their answers move it on: both good to `confirmed`, the first bad one to
 *   `cancelled`. So does the customer, or the deadline, to `cancelled`.
 * - `confirmed`: paid for and in stock, and there is no way back. The capture and the dispatch together move it on to `completed`. If
 *   the capture fails it stays here, and a person must look.
 * - `completed`: the money is taken and the goods are on their way. Final.
 * - `cancelled`: it will not be fulfilled; its cancel reason says why. Final. Answers that come now are remembered.
 */
export const orderStatuses = ['placed', 'confirmed', 'completed', 'cancelled'] as const;

export type OrderStatus = (typeof orderStatuses)[number];
