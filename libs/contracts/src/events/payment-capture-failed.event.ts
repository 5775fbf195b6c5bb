import { z } from 'zod';
import { defineEvent } from '../define-event';

/** The amount that was set aside cannot be taken. The goods may be on their way: a person has to look. */
export const PaymentCaptureFailed = defineEvent({
  type: 'payment.capture-failed',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
    /** The gateway's, for a person. */
    reason: z.string().min(1).max(200),
  }),
  aggregate: (data) => data.orderId,
});
