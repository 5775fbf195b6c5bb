import type { EntityManager } from 'typeorm';
import { Order } from './order.entity';
import type { OrderLine } from './order-line.entity';

export type NewOrder = Pick<Order, 'id' | 'customerId' | 'status' | 'priority' | 'total' | 'currency'>;

/**
 * Writes an order and its lines, the lines right behind the order without waiting for its answer. By hand, because every order comes this way:
 * TypeORM's `insert()` builds its statements anew each time, which cost as much as all else that the service did for an order.
 */
export async function insertOrder(
  manager: EntityManager,
  order: NewOrder,
  lines: readonly OrderLine[],
): Promise<Order> {
  const { id, customerId, status, priority, total, currency } = order;
  const [[row]]: [{ placedAt: Date }[], unknown] = await Promise.all([
    manager.query(
      `insert into "order" (id, customer_id, status, priority, total, currency)
       values ($1, $2, $3, $4, $5, $6) returning placed_at as "placedAt"`,
      [id, customerId, status, priority, total, currency],
    ),
    manager.query(
      `insert into order_line (order_id, sku, position, quantity, unit_price)
       select $1, * from unnest($2::text[], $3::int[], $4::int[], $5::bigint[])`,
      [
        id,
        lines.map(({ sku }) => sku),
        lines.map(({ position }) => position),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitPrice }) => unitPrice),
      ],
    ),
  ]);
  return Object.assign(new Order(), order, row);
}
