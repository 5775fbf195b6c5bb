import { z } from 'zod';
import { defineEvent } from '../define-event';

export const PaymentDeclined = defineEvent({
  type: 'payment.declined',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
    /** The gateway's, for a person. */
    reason: z.string().min(1).max(200),
  }),
  aggregate: (data) => data.orderId,
});
