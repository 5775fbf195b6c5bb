import { OrderCancelled, OrderConfirmed } from '@waybill/contracts';
import type { Transaction } from '@waybill/messaging';
import { type Advance, advance, type Happening, type OrderFlow } from '../domain/order-flow';
import { Order } from './order.entity';

/**
 * Lets something happen to an order: decides, writes what follows, and records the event that tells of it, with the order's priority.
 * The order's row stays locked until the transaction ends, so of several happenings at once each sees what those before it did.
 * @returns what became of it. Only `changed` has written anything.
 */
export async function advanceOrder(
  tx: Transaction,
  orderId: string,
  happening: Happening,
): Promise<Advance | { readonly outcome: 'not-found' }> {
  const before = await tx.manager.findOne(Order, { where: { id: orderId }, lock: { mode: 'pessimistic_write' } });
  if (!before) return { outcome: 'not-found' };
  const step = advance({ ...before, dispatched: before.dispatchedAt !== null }, happening);
  if (step.outcome !== 'changed') return step;
  await write(tx, before, step.order);
  const { customerId, total, currency, priority } = before;
  if (step.fact?.kind === 'confirmed') {
    tx.record(OrderConfirmed, { orderId, customerId, total, currency }, { priority });
  }
  if (step.fact?.kind === 'cancelled') tx.record(OrderCancelled, { orderId, reason: step.fact.reason }, { priority });
  return step;
}

async function write({ manager }: Transaction, before: Order, after: OrderFlow): Promise<void> {
  const { status, payment, stock, capture, captureFailure, cancelReason, dispatched } = after;
  await manager.update(
    Order,
    { id: before.id },
    {
      ...{ status, payment, stock, capture, captureFailure, cancelReason },
      confirmedAt: since(status === 'confirmed', before.confirmedAt),
      dispatchedAt: since(dispatched, before.dispatchedAt),
      completedAt: since(status === 'completed', before.completedAt),
      cancelledAt: since(status === 'cancelled', before.cancelledAt),
    },
  );
}

/** The database's time where something has become so just now. now() would be from before the wait for the lock. */
function since(isSo: boolean, before: Date | null): (() => string) | undefined {
  return isSo && before === null ? () => 'clock_timestamp()' : undefined;
}
