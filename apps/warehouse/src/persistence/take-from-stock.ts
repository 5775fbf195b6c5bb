import type { EntityManager } from 'typeorm';

/**
 * Takes what is set aside for an order out of these counts of the stock. The order's reservation must be locked.
 * Rows of the stock are locked in the order of their skus, as when goods are set aside.
 */
export async function takeFromStock(
  manager: EntityManager,
  orderId: string,
  counts: readonly ('on_hand' | 'reserved')[],
): Promise<void> {
  await manager.query(
    `select from stock where sku in (select sku from reservation_line where order_id = $1) order by sku for update`,
    [orderId],
  );
  await manager.query(
    `update stock set ${counts.map((count) => `${count} = stock.${count} - line.quantity`).join(', ')}
       from reservation_line line
      where line.order_id = $1 and stock.sku = line.sku`,
    [orderId],
  );
}
