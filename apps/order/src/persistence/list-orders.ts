import { type EntityManager, LessThan } from 'typeorm';
import type { OrderStatus } from '../domain/order-status';
import { Order } from './order.entity';
import { type PlacedOrder, placedOrders } from './placed-order';

export interface OrdersQuery {
  readonly status?: OrderStatus;
  readonly limit: number;
  /** The id of the last order of the page before. */
  readonly after?: string;
}

export interface OrdersPage {
  readonly items: readonly PlacedOrder[];
  /** The id to go on after, or null where this page is the last. */
  readonly next: string | null;
}

/**
 * A page of orders, newest first: by their ids, which are uuids v7. Orders that are placed meanwhile come before the first page and
 * shift none after it.
 */
export async function listOrders(manager: EntityManager, { status, limit, after }: OrdersQuery): Promise<OrdersPage> {
  const orders = await manager.find(Order, {
    where: { ...(status && { status }), ...(after && { id: LessThan(after) }) },
    order: { id: 'desc' },
    take: limit + 1,
  });
  const page = orders.slice(0, limit);
  return { items: await placedOrders(manager, page), next: orders.length > limit ? (page.at(-1)?.id ?? null) : null };
}
