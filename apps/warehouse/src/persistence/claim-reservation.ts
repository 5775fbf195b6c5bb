import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { Reservation } from './reservation.entity';

/**
 * Takes an order's reservation until the end of the transaction: adds `first`, or locks the one that is there. Every change takes the
 * reservation before it takes stock, so that no two messages about an order wait for each other.
 * @returns the reservation that was there before, or null when it is `first` now.
 */
export async function claimReservation(
  manager: EntityManager,
  first: QueryDeepPartialEntity<Reservation> & Pick<Reservation, 'orderId'>,
): Promise<Reservation | null> {
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(Reservation)
    .values(first)
    .orIgnore()
    .updateEntity(false)
    .returning('order_id')
    .execute();
  return inserted.raw.length > 0 ? null : await lockReservation(manager, first.orderId);
}

/** @returns null when nothing is known of the order yet. */
export async function lockReservation(manager: EntityManager, orderId: string): Promise<Reservation | null> {
  return await manager.findOne(Reservation, { where: { orderId }, lock: { mode: 'pessimistic_write' } });
}
