import { z } from 'zod';
import { defineEvent } from '../define-event';

export const PaymentCaptured = defineEvent({
  type: 'payment.captured',
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
