import type { EntityManager } from 'typeorm';
import { Payment } from './payment.entity';

/**
 * Holds an order's payment until the end of the transaction, so that one message at a time decides what becomes of it.
 * @returns null when the order has none.
 */
export async function lockPayment(manager: EntityManager, orderId: string): Promise<Payment | null> {
  return await manager.findOne(Payment, { where: { orderId }, lock: { mode: 'pessimistic_write' } });
}
