import { randomUUID } from 'node:crypto';
import type { SentMessage, System } from '@waybill/testing';

/** Where payment and warehouse hear of an order. */
export const placedType = 'order.placed';
export const placedQueue = 'warehouse.order-placed';
const paymentQueue = 'payment.order-placed';

/** Messages a publish at a time. */
const chunk = 5_000;

/**
 * Empties the queues of placed orders, and puts messages of as many orders there, as the order service would send them.
 * @param token what is to be paid with
 */
export async function fillPlacedQueue(system: System, count: number, token = 'tok_approved'): Promise<void> {
  const channel = await system.vhost.channel();
  for (const queue of [placedQueue, paymentQueue]) await channel.purgeQueue(system.queue(queue));
  await channel.close();
  for (let left = count; left > 0; left -= chunk) {
    await system.publishAll(
      'order',
      Array.from({ length: Math.min(left, chunk) }, () => placedMessage(token)),
    );
  }
}

function placedMessage(token: string): SentMessage {
  const orderId = randomUUID();
  const data = {
    orderId,
    customerId: 'customer-7',
    lines: [
      { sku: 'mug', quantity: 2, unitPrice: 1250 },
      { sku: 'pencil', quantity: 1, unitPrice: 120 },
    ],
    total: 2620,
    currency: 'EUR',
    payment: { token },
  };
  return {
    exchange: 'waybill.events',
    routingKey: placedType,
    body: Buffer.from(JSON.stringify(data)),
    properties: {
      persistent: true,
      contentType: 'application/json',
      userId: 'order',
      appId: 'order',
      messageId: randomUUID(),
      type: placedType,
      priority: 2,
      correlationId: orderId,
      headers: { version: 1, 'aggregate-id': orderId },
    },
  };
}
