import type { EntityManager } from 'typeorm';
import { Payment } from './payment.entity';

/**
 * Commits that the gateway is about to be asked for an order's amount. Whoever finds the payment voided after that knows that a charge may
 * be on its way.
 * @returns false when the payment was decided or voided meanwhile: the gateway is not to be asked then.
 */
export async function recordAsking(manager: EntityManager, orderId: string): Promise<boolean> {
  const asking = await manager.update(Payment, { orderId, state: 'requested' }, { askedAt: () => 'clock_timestamp()' });
  return asking.affected === 1;
}

/** Whether a call that was begun up to `patience` milliseconds ago may still charge the order. */
export async function mayBeAsking(manager: EntityManager, orderId: string, patience: number): Promise<boolean> {
  return await manager
    .createQueryBuilder(Payment, 'payment')
    .where('payment.orderId = :orderId', { orderId })
    .andWhere(`payment.askedAt > clock_timestamp() - :patience * interval '1 millisecond'`, { patience })
    .getExists();
}
