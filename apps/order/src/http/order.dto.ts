import { cancelReasons, priorities } from '@waybill/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { captureAnswers, paymentAnswers, stockAnswers } from '../domain/order-answers';
import { orderStatuses } from '../domain/order-status';
import type { PlacedOrder } from '../persistence/placed-order';

const time = z.iso.datetime();

/** An order as clients see it. Money is in minor units of the currency. The payment token is not part of it. */
export const OrderSchema = z.object({
  id: z.uuid(),
  customerId: z.string(),
  status: z.enum(orderStatuses),
  /** Why it is cancelled; null if it is not. */
  cancelReason: z.enum(cancelReasons).nullable(),
  priority: z.enum(priorities),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() })),
  total: z.int(),
  currency: z.string(),
  /** The answers of payment and warehouse; null while they are awaited. */
  payment: z.enum(paymentAnswers).nullable(),
  stock: z.enum(stockAnswers).nullable(),
  capture: z.enum(captureAnswers).nullable(),
  /** Why a person must look at it. Empty: all is well. */
  attention: z.array(z.string()),
  placedAt: time,
  confirmedAt: time.nullable(),
  dispatchedAt: time.nullable(),
  completedAt: time.nullable(),
  cancelledAt: time.nullable(),
});

export class OrderDto extends createZodDto(OrderSchema) {}

export function orderDto({ order, lines, attention }: PlacedOrder): OrderDto {
  return {
    id: order.id,
    customerId: order.customerId,
    status: order.status,
    cancelReason: order.cancelReason,
    priority: order.priority,
    lines: lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice })),
    total: order.total,
    currency: order.currency,
    payment: order.payment,
    stock: order.stock,
    capture: order.capture,
    attention: [...attention],
    placedAt: order.placedAt.toISOString(),
    confirmedAt: order.confirmedAt?.toISOString() ?? null,
    dispatchedAt: order.dispatchedAt?.toISOString() ?? null,
    completedAt: order.completedAt?.toISOString() ?? null,
    cancelledAt: order.cancelledAt?.toISOString() ?? null,
  };
}
