import { z } from 'zod';
import { defineEvent } from '../define-event';
import { Line } from './line';

export const OrderPlaced = defineEvent({
  type: 'order.placed',
  version: 1,
  consumers: ['payment', 'warehouse'],
  schema: z.object({
    orderId: z.uuid(),
    customerId: z.string().min(1).max(64),
    lines: z
      .array(Line)
      .min(1)
      .refine((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, 'must name each sku once'),
    /** Minor units of the currency. */
    total: z.int().nonnegative(),
    currency: z.string().length(3),
    payment: z.object({ token: z.string().min(1).max(128) }),
  }),
  aggregate: (data) => data.orderId,
});
