import { findStuckMessages, type StuckMessage } from '@waybill/messaging';
import type { EntityManager } from 'typeorm';
import type { Order } from './order.entity';

/** Why a person must look at these orders, by their ids. Those that are fine are not in it. */
export async function attentionOf(
  manager: EntityManager,
  orders: readonly Order[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const attention = new Map<string, string[]>();
  const need = (orderId: string, reason: string) => attention.set(orderId, [...(attention.get(orderId) ?? []), reason]);
  for (const { id, captureFailure } of orders) {
    if (captureFailure !== null) need(id, `the payment could not be captured: ${captureFailure}`);
  }
  const ids = orders.map(({ id }) => id);
  for (const message of await findStuckMessages(manager, ids)) {
    if (message.state !== 'retrying') need(message.correlationId, described(message));
  }
  return attention;
}

function described({ type, messageId, consumer, state, error }: StuckMessage): string {
  if (state === 'parked') return `${type} ${messageId} cannot be sent: ${error}`;
  return `${type} ${messageId} is a dead letter at ${consumer}: ${error}`;
}
