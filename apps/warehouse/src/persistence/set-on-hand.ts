import type { EntityManager } from 'typeorm';

/**
 * Sets how many pieces of something the warehouse has; takes it up when it is new.
 * @returns false when more are set aside for orders than that; nothing is changed then.
 */
export async function setOnHand(manager: EntityManager, sku: string, onHand: number): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `insert into stock (sku, on_hand) values ($1, $2)
     on conflict (sku) do update set on_hand = excluded.on_hand where stock.reserved <= excluded.on_hand
     returning sku`,
    [sku, onHand],
  );
  return rows.length > 0;
}
