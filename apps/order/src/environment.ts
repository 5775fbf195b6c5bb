import { serviceEnvironment, url } from '@waybill/service';
import type { z } from 'zod';

export const orderEnvironment = serviceEnvironment('order', 3000).extend({
  /** The other services, which are asked for their part of an order's journey. */
  PAYMENT_URL: url('http', 'https').meta({ example: 'http://127.0.0.1:3001' }),
  WAREHOUSE_URL: url('http', 'https').meta({ example: 'http://127.0.0.1:3002' }),
});

export type OrderEnvironment = z.infer<typeof orderEnvironment>;
