import { duration, serviceEnvironment } from '@waybill/service';
import type { z } from 'zod';
import { peerUrls } from './peers';

export const orderEnvironment = serviceEnvironment('order', 3000).extend({
  ...peerUrls,
  /** How long payment and warehouse may take to answer before an order is cancelled; milliseconds. */
  DEADLINE: duration
    .refine((milliseconds) => milliseconds >= 1_000, { error: 'must be 1s or longer' })
    .prefault('5m')
    .meta({ example: '5m' }),
  /** How long the answer to a request with an Idempotency-Key is kept; milliseconds. */
  IDEMPOTENCY_KEY_TTL: duration.prefault('24h').meta({ example: '24h' }),
});

export type OrderEnvironment = z.infer<typeof orderEnvironment>;
