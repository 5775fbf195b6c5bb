import { duration, serviceEnvironment, url } from '@waybill/service';
import type { z } from 'zod';

export const paymentEnvironment = serviceEnvironment('payment', 3001)
  .extend({
    /** How long the payment gateway has for one answer. */
    GATEWAY_TIMEOUT: duration.prefault('5s').meta({ example: '5s' }),
    /** Where the sandbox gateway keeps its log. Default: in payment's own database. */
    SANDBOX_GATEWAY_DATABASE_URL: url('postgres', 'postgresql')
      .optional()
      .meta({ example: 'postgres://sandbox_gateway:password@127.0.0.1:5433/gateway' }),
  })
  .refine(({ GATEWAY_TIMEOUT, HANDLER_DEADLINE }) => GATEWAY_TIMEOUT < HANDLER_DEADLINE, {
    path: ['GATEWAY_TIMEOUT'],
    error: 'must be below HANDLER_DEADLINE, which ends a handler that still waits for the gateway',
  });

export type PaymentEnvironment = z.infer<typeof paymentEnvironment>;
