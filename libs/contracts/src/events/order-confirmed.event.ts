import { z } from 'zod';
import { defineEvent } from '../define-event';

/** Paid for and in stock: the goods go out and the money is taken. There is no way back. */
export const OrderConfirmed = defineEvent({
  type: 'order.confirmed',
  version: 1,
  consumers: ['payment', 'warehouse'],
  schema: z.object({
    orderId: z.uuid(),
    customerId: z.string().min(1).max(64),
    /** Minor units of the currency. */
    total: z.int().nonnegative(),
    currency: z.string().length(3),
  }),
  aggregate: (data) => data.orderId,
});
