import { type EntityManager, In } from 'typeorm';
import { attentionOf } from './attention';
import { Order } from './order.entity';
import { OrderLine } from './order-line.entity';

/** An order with its lines, in the order in which they were asked for. */
export interface PlacedOrder {
  readonly order: Order;
  readonly lines: readonly OrderLine[];
  /** Why a person must look at it. Empty: all is well. */
  readonly attention: readonly string[];
}

export async function findOrder(manager: EntityManager, id: string): Promise<PlacedOrder | undefined> {
  const order = await manager.findOneBy(Order, { id });
  return order ? (await placedOrders(manager, [order]))[0] : undefined;
}

/** What belongs to these orders, in as many queries for a hundred as for one. */
export async function placedOrders(manager: EntityManager, orders: readonly Order[]): Promise<PlacedOrder[]> {
  const ids = orders.map(({ id }) => id);
  const lines = await manager.find(OrderLine, { where: { orderId: In(ids) }, order: { position: 'asc' } });
  const attention = await attentionOf(manager, orders);
  return orders.map((order) => ({
    order,
    lines: lines.filter(({ orderId }) => orderId === order.id),
    attention: attention.get(order.id) ?? [],
  }));
}
