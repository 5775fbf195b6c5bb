import type { Order } from './order.entity';

/** Why a person must look at these orders, by their ids. Those that are fine are not in it. */
export function attentionOf(orders: readonly Order[]): ReadonlyMap<string, readonly string[]> {
  const attention = new Map<string, string[]>();
  for (const { id, captureFailure } of orders) {
    if (captureFailure !== null) attention.set(id, [`the payment could not be captured: ${captureFailure}`]);
  }
  return attention;
}
