import { z } from 'zod';
import { defineEvent } from '../define-event';

/** None of the order's goods are set aside. */
export const StockRejected = defineEvent({
  type: 'stock.rejected',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
    /** What there was not enough of. */
    skus: z.array(z.string().min(1).max(64)).min(1),
  }),
  aggregate: (data) => data.orderId,
});
