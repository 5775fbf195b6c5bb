import { priorities } from '@waybill/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { orderStatuses } from '../domain/order-status';
import type { PlacedOrder } from '../persistence/placed-order';

/** An order as clients see it. Money is in minor units of the currency. The payment token is not part of it. */
export class OrderDto extends createZodDto(
  z.object({
    id: z.uuid(),
    customerId: z.string(),
    status: z.enum(orderStatuses),
    priority: z.enum(priorities),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() })),
    total: z.int(),
    currency: z.string(),
    placedAt: z.iso.datetime(),
  }),
) {}

export function orderDto({ order, lines }: PlacedOrder): OrderDto {
  return {
    id: order.id,
    customerId: order.customerId,
    status: order.status,
    priority: order.priority,
    lines: lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice })),
    total: order.total,
    currency: order.currency,
    placedAt: order.placedAt.toISOString(),
  };
}
