import { z } from 'zod';
import { defineEvent } from '../define-event';

export const ShipmentDispatched = defineEvent({
  type: 'shipment.dispatched',
  version: 1,
  consumers: ['order'],
  schema: z.object({
    orderId: z.uuid(),
  }),
  aggregate: (data) => data.orderId,
});
