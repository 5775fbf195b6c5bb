import { PermanentError } from '@waybill/messaging';
import type { EntityManager } from 'typeorm';
import { whenCancelled } from '../domain/reservation-state';
import { claimReservation } from './claim-reservation';
import { Reservation } from './reservation.entity';
import { takeFromStock } from './take-from-stock';

/**
 * Puts a cancelled order's goods back on the shelf. An order that is not known yet gets a tombstone, so that nothing is set aside when it comes.
 * @throws PermanentError when the goods have left.
 */
export async function releaseReservation(manager: EntityManager, orderId: string): Promise<void> {
  const reservation = await claimReservation(manager, { orderId, state: 'released', releasedAt: () => 'now()' });
  if (!reservation) return;
  const step = whenCancelled[reservation.state];
  if (step === 'refuse') {
    throw new PermanentError(`the order ${orderId} was cancelled, but its goods are ${reservation.state}`);
  }
  if (step === 'nothing') return;
  await takeFromStock(manager, orderId, ['reserved']);
  await manager.update(Reservation, { orderId }, { state: 'released', releasedAt: () => 'now()' });
}
