import type { EntityManager } from 'typeorm';
import { Order } from './order.entity';
import { OrderLine } from './order-line.entity';

/** An order with its lines, in the order in which they were asked for. */
export interface PlacedOrder {
  readonly order: Order;
  readonly lines: readonly OrderLine[];
}

export async function findOrder(manager: EntityManager, id: string): Promise<PlacedOrder | undefined> {
  const order = await manager.findOneBy(Order, { id });
  if (order === null) return undefined;
  return { order, lines: await manager.find(OrderLine, { where: { orderId: id }, order: { position: 'asc' } }) };
}
