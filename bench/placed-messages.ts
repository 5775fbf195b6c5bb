import { randomUUID } from 'node:crypto';
import type { SentMessage, System } from '@waybill/testing';

/** Where payment and warehouse hear of an order. */
export const placedType = 'order.placed';
export const placedQueue = 'warehouse.order-placed';

/** Messages a publish at a time. */
const chunk = 5_000;

/** Empties the queues of placed orders, and puts messages of as many orders there, as the order service would send them. */
export async function fillPlacedQueue(system: System, count: number): Promise<void> {
  const channel = await system.vhost.channel();
  for (const queue of [placedQueue, 'payment.order-placed']) await channel.purgeQueue(system.queue(queue));
  await channel.close();
  for (let left = count; left > 0; left -= chunk) {
    await system.publishAll('order', Array.from({ length: Math.min(left, chunk) }, placedMessage));
  }
}

function placedMessage(): SentMessage {
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
    payment: { token: 'tok_approved' },
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
