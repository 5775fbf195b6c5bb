import { z } from 'zod';
import { defineEvent } from '../define-event';

export const cancelReasons = ['payment-declined', 'out-of-stock', 'customer', 'deadline'] as const;

/** Will not be fulfilled: what was set aside for it, money and goods, is given back. May come before order.placed. */
export const OrderCancelled = defineEvent({
  type: 'order.cancelled',
  version: 1,
  consumers: ['payment', 'warehouse'],
  schema: z.object({
    orderId: z.uuid(),
    reason: z.enum(cancelReasons),
  }),
  aggregate: (data) => data.orderId,
});
