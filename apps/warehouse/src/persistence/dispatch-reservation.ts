import { PermanentError } from '@waybill/messaging';
import type { EntityManager } from 'typeorm';
import { whenConfirmed } from '../domain/reservation-state';
import { lockReservation } from './claim-reservation';
import { Reservation } from './reservation.entity';
import { takeFromStock } from './take-from-stock';

/**
 * Sends a confirmed order's goods out of the warehouse, once.
 * @returns whether they left now; false when they had left before.
 * @throws Error while nothing was decided about the order: order.placed is still on its way, and it is tried again later.
 * @throws PermanentError when nothing is set aside for the order.
 */
export async function dispatchReservation(manager: EntityManager, orderId: string): Promise<boolean> {
  const reservation = await lockReservation(manager, orderId);
  if (!reservation) throw new Error(`nothing was decided about the goods of the order ${orderId} yet`);
  const step = whenConfirmed[reservation.state];
  if (step === 'refuse') {
    throw new PermanentError(`the order ${orderId} was confirmed, but its goods are ${reservation.state}`);
  }
  if (step === 'nothing') return false;
  await takeFromStock(manager, orderId, ['on_hand', 'reserved']);
  await manager.update(Reservation, { orderId }, { state: 'dispatched', dispatchedAt: () => 'now()' });
  return true;
}
