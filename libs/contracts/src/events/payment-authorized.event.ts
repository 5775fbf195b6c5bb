import { z } from 'zod';
import { defineEvent } from '../define-event';

/** The amount is set aside for the order; it is taken when the order is confirmed. */
export const PaymentAuthorized = defineEvent({
  type: 'payment.authorized',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
    /** Minor units of the currency. */
    amount: z.int().nonnegative(),
    currency: z.string().length(3),
  }),
  aggregate: (data) => data.orderId,
});
