import type { cancelReasons } from '@waybill/contracts';
import type { CaptureAnswer, PaymentAnswer, StockAnswer } from './order-answers';
import type { OrderStatus } from './order-status';

export type CancelReason = (typeof cancelReasons)[number];

/** What an order remembers of its way. An answer is null until it has come. */
export interface OrderFlow {
  readonly status: OrderStatus;
  /** Minor units of the currency: what payment must set aside and take, neither more nor less. */
  readonly total: number;
  readonly currency: string;
  readonly payment: PaymentAnswer | null;
  readonly stock: StockAnswer | null;
  readonly capture: CaptureAnswer | null;
  /** Why the capture failed, in the gateway's words. */
  readonly captureFailure: string | null;
  readonly dispatched: boolean;
  /** Of a cancelled order, and of no other. */
  readonly cancelReason: CancelReason | null;
}

/** What another service says of an order, once or more often, in any order. */
export type Answer =
  | { readonly kind: 'payment-authorized'; readonly amount: number; readonly currency: string }
  | { readonly kind: 'payment-declined' }
  | { readonly kind: 'stock-reserved' }
  | { readonly kind: 'stock-rejected' }
  | { readonly kind: 'payment-captured'; readonly amount: number; readonly currency: string }
  | { readonly kind: 'payment-capture-failed'; readonly reason: string }
  | { readonly kind: 'shipment-dispatched' };

/** Everything that can happen to an order after it was placed. */
export type Happening = Answer | { readonly kind: 'cancel-requested' } | { readonly kind: 'deadline-passed' };

/** What the other services must be told of: one of them, once in an order's life. */
export type Fact = { readonly kind: 'confirmed' } | { readonly kind: 'cancelled'; readonly reason: CancelReason };

/**
 * What a happening does to an order.
 * - `changed`: the order is `order` now, and `fact`, if any, is to be recorded with it.
 * - `unchanged`: it was so before, or comes too late to matter.
 * - `refused`: a cancel of an order that is confirmed.
 * - `impossible`: an answer that contradicts an earlier one, or that nobody has asked for. Somebody is wrong; nothing may be changed.
 */
export type Advance =
  | { readonly outcome: 'changed'; readonly order: OrderFlow; readonly fact: Fact | null }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'impossible'; readonly reason: string };

/** Takes an order one happening further. The only place that decides about an order's status. */
export function advance(order: OrderFlow, happening: Happening): Advance {
  switch (happening.kind) {
    case 'payment-authorized':
      return otherAmount(order, happening) ?? answered(order, { payment: 'authorized' });
    case 'payment-declined':
      return answered(order, { payment: 'declined' });
    case 'stock-reserved':
      return answered(order, { stock: 'reserved' });
    case 'stock-rejected':
      return answered(order, { stock: 'rejected' });
    case 'payment-captured':
      return otherAmount(order, happening) ?? fulfilled(order, { capture: 'captured' });
    case 'payment-capture-failed':
      return fulfilled(order, { capture: 'failed', captureFailure: happening.reason });
    case 'shipment-dispatched':
      return fulfilled(order, { dispatched: true });
    case 'cancel-requested':
      return isConfirmed(order) ? { outcome: 'refused' } : cancelled(order, 'customer');
    case 'deadline-passed':
      return cancelled(order, 'deadline');
  }
}

/** An answer to order.placed. It decides while the order is placed; a cancelled order remembers it, and nothing else. */
function answered(order: OrderFlow, answer: Pick<OrderFlow, 'payment'> | Pick<OrderFlow, 'stock'>): Advance {
  return remembered(order, answer) ?? changed(order, decided({ ...order, ...answer }));
}

function decided(order: OrderFlow): OrderFlow {
  if (order.status !== 'placed') return order;
  if (order.payment === 'declined') return { ...order, status: 'cancelled', cancelReason: 'payment-declined' };
  if (order.stock === 'rejected') return { ...order, status: 'cancelled', cancelReason: 'out-of-stock' };
  if (order.payment === 'authorized' && order.stock === 'reserved') return { ...order, status: 'confirmed' };
  return order;
}

/** An answer to order.confirmed. */
function fulfilled(
  order: OrderFlow,
  answer: Pick<OrderFlow, 'dispatched'> | (Pick<OrderFlow, 'capture'> & Partial<Pick<OrderFlow, 'captureFailure'>>),
): Advance {
  if (!isConfirmed(order)) {
    return { outcome: 'impossible', reason: `the order is ${order.status} and was never confirmed` };
  }
  return remembered(order, answer) ?? changed(order, completed({ ...order, ...answer }));
}

function completed(order: OrderFlow): OrderFlow {
  return order.capture === 'captured' && order.dispatched ? { ...order, status: 'completed' } : order;
}

function cancelled(order: OrderFlow, cancelReason: CancelReason): Advance {
  if (order.status !== 'placed') return { outcome: 'unchanged' };
  return changed(order, { ...order, status: 'cancelled', cancelReason });
}

function isConfirmed({ status }: OrderFlow): boolean {
  return status === 'confirmed' || status === 'completed';
}

/** What follows where the question was answered before: the same again changes nothing, another answer contradicts. Else undefined. */
function remembered(order: OrderFlow, answer: Partial<OrderFlow>): Advance | undefined {
  for (const question of ['payment', 'stock', 'capture', 'dispatched'] as const) {
    const given = answer[question];
    const before = order[question];
    if (given === undefined || before === null || before === false) continue;
    if (before === given) return { outcome: 'unchanged' };
    return { outcome: 'impossible', reason: `the answer for ${question} was "${before}" before` };
  }
  return undefined;
}

function otherAmount({ total, currency }: OrderFlow, paid: { amount: number; currency: string }): Advance | undefined {
  if (paid.amount === total && paid.currency === currency) return undefined;
  const reason = `${paid.amount} ${paid.currency} is not the order's total of ${total} ${currency}`;
  return { outcome: 'impossible', reason };
}

function changed(before: OrderFlow, order: OrderFlow): Advance {
  return { outcome: 'changed', order, fact: order.status === before.status ? null : factOf(order) };
}

function factOf({ status, cancelReason }: OrderFlow): Fact | null {
  if (status === 'confirmed') return { kind: 'confirmed' };
  return cancelReason && { kind: 'cancelled', reason: cancelReason };
}
