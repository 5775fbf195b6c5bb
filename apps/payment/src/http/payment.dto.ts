import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { paymentStates } from '../domain/payment-state';
import type { Payment } from '../persistence/payment.entity';

const time = z.iso.datetime().nullable();

/** A payment as clients see it. Amount, currency and the time of the request are null when the order was cancelled before it came. */
export class PaymentDto extends createZodDto(
  z.object({
    orderId: z.uuid(),
    state: z.enum(paymentStates),
    /** Minor units of the currency. */
    amount: z.int().nullable(),
    currency: z.string().nullable(),
    reason: z.string().nullable(),
    requestedAt: time,
    decidedAt: time,
    capturedAt: time,
    voidedAt: time,
  }),
) {}

export function paymentDto(payment: Payment): PaymentDto {
  const { orderId, state, amount, currency, reason } = payment;
  return {
    orderId,
    state,
    amount,
    currency,
    reason,
    requestedAt: written(payment.requestedAt),
    decidedAt: written(payment.decidedAt),
    capturedAt: written(payment.capturedAt),
    voidedAt: written(payment.voidedAt),
  };
}

function written(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
