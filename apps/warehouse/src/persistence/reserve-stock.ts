import type { EntityManager } from 'typeorm';
import { decideReservation, type Need, type ReservationState } from '../domain/reservation-state';
import { Reservation } from './reservation.entity';

/**
 * Sets an order's goods aside, all of them or none, and records which it was. An order that was decided on before keeps its decision.
 * Rows of the stock are locked in the order of their skus, so that two orders for the same goods cannot wait for each other.
 * @param needs each sku once.
 * @returns the decision made now, or undefined when there was one already.
 */
export async function reserveStock(
  manager: EntityManager,
  orderId: string,
  needs: readonly Need[],
): Promise<ReservationState | undefined> {
  const state = decideReservation(needs, await lockAvailable(manager, needs));
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(Reservation)
    .values(needs.map(({ sku, quantity }) => ({ orderId, sku, quantity, state })))
    .orIgnore()
    .updateEntity(false)
    .returning('sku')
    .execute();
  if (inserted.raw.length === 0) return undefined;
  if (state === 'reserved') await setAside(manager, needs);
  return state;
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
