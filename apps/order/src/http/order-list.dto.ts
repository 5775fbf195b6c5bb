import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { orderStatuses } from '../domain/order-status';
import type { OrdersPage } from '../persistence/list-orders';
import { OrderSchema, orderDto } from './order.dto';

/** A cursor is the id to go on after, written so that nobody is tempted to make one. */
const Cursor = z.string().transform((cursor, context) => {
  const id = z.uuid().safeParse(Buffer.from(cursor, 'base64url').toString());
  if (id.success && cursorOf(id.data) === cursor) return id.data;
  context.addIssue({ code: 'custom', message: 'is no cursor: take the nextCursor of the page before' });
  return z.NEVER;
});

export class OrderListQueryDto extends createZodDto(
  z.strictObject({
    status: z.enum(orderStatuses).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: Cursor.optional(),
  }),
) {}

export class OrderListDto extends createZodDto(
  z.object({
    items: z.array(OrderSchema),
    /** For the next page. Null: this is the last. */
    nextCursor: z.string().nullable(),
  }),
) {}

export function orderListDto({ items, next }: OrdersPage): OrderListDto {
  return { items: items.map(orderDto), nextCursor: next === null ? null : cursorOf(next) };
}

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}
