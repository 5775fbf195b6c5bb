import { z } from 'zod';
import { defineEvent } from '../define-event';

/** All goods of the order are set aside. */
export const StockReserved = defineEvent({
  type: 'stock.reserved',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
  }),
  aggregate: (data) => data.orderId,
});
