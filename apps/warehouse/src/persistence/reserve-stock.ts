import type { EntityManager } from 'typeorm';
import { missingSkus, type Need } from '../domain/reservation-state';
import { claimReservation } from './claim-reservation';
import { Reservation } from './reservation.entity';
import { ReservationLine } from './reservation-line.entity';

/** `missing`: the skus of which there is not enough; at least one. */
export type Decision =
  | { readonly state: 'reserved' }
  | { readonly state: 'rejected'; readonly missing: readonly string[] };

/**
 * Sets an order's goods aside, all of them or none, and records which it was. An order that was decided on before keeps its decision, and
 * one that was cancelled before it came gets nothing.
 * Rows of the stock are locked in the order of their skus, so that two orders for the same goods cannot wait for each other.
 * @param needs each sku once.
 * @returns the decision made now, or undefined when there is none to make.
 */
export async function reserveStock(
  manager: EntityManager,
  orderId: string,
  needs: readonly Need[],
): Promise<Decision | undefined> {
  const before = await claimReservation(manager, { orderId, state: 'rejected', decidedAt: () => 'now()' });
  if (before) return undefined;
  const missing = missingSkus(needs, await lockAvailable(manager, needs));
  if (missing.length > 0) return { state: 'rejected', missing };
  await manager.update(Reservation, { orderId }, { state: 'reserved' });
  await manager.insert(
    ReservationLine,
    needs.map(({ sku, quantity }) => ({ orderId, sku, quantity })),
  );
  await setAside(manager, needs);
  return { state: 'reserved' };
}

async function lockAvailable(manager: EntityManager, needs: readonly Need[]): Promise<Map<string, number>> {
  const rows: { sku: string; available: number }[] = await manager.query(
    'select sku, on_hand - reserved as available from stock where sku = any ($1) order by sku for update',
    [needs.map(({ sku }) => sku)],
  );
  return new Map(rows.map(({ sku, available }) => [sku, available]));
}

async function setAside(manager: EntityManager, needs: readonly Need[]): Promise<void> {
  await manager.query(
    `update stock set reserved = stock.reserved + need.quantity
       from unnest($1::text[], $2::int[]) as need (sku, quantity)
      where stock.sku = need.sku`,
    [needs.map(({ sku }) => sku), needs.map(({ quantity }) => quantity)],
  );
}
