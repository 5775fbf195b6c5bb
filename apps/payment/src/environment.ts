import { duration, serviceEnvironment } from '@waybill/service';
import type { z } from 'zod';

export const paymentEnvironment = serviceEnvironment('payment', 3001)
  .extend({
    /** How long the payment gateway has for one answer. */
    GATEWAY_TIMEOUT: duration.prefault('5s').meta({ example: '5s' }),
  })
  .refine(({ GATEWAY_TIMEOUT, HANDLER_DEADLINE }) => GATEWAY_TIMEOUT < HANDLER_DEADLINE, {
    path: ['GATEWAY_TIMEOUT'],
    error: 'must be below HANDLER_DEADLINE, which ends a handler that still waits for the gateway',
  });

export type PaymentEnvironment = z.infer<typeof paymentEnvironment>;
