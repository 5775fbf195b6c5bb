import { PermanentError } from '@waybill/messaging';
import type { EntityManager } from 'typeorm';
import { whenCancelled } from '../domain/payment-state';
import { lockPayment } from './lock-payment';
import { Payment } from './payment.entity';

/**
 * Records that nothing is to be kept of an order's payment. An order that is not known yet gets a tombstone, so that the gateway is not
 * asked when it comes.
 * @returns whether the gateway may hold something, which is then to be given back.
 * @throws PermanentError when the money was taken, or was to be.
 */
export async function voidPayment(manager: EntityManager, orderId: string): Promise<boolean> {
  const voided = { state: 'voided', voidedAt: () => 'now()' } as const;
  const tombstone = await manager
    .createQueryBuilder()
    .insert()
    .into(Payment)
    .values({ orderId, requestedAt: null, ...voided })
    .orIgnore()
    .updateEntity(false)
    .returning('order_id')
    .execute();
  if (tombstone.raw.length > 0) return true;
  const payment = await lockPayment(manager, orderId);
  if (!payment) throw new Error(`the order ${orderId} has no payment any more`);
  const step = whenCancelled[payment.state];
  if (step === 'refuse') throw new PermanentError(`the order was cancelled, but its payment is ${payment.state}`);
  if (step === 'void') await manager.update(Payment, { orderId }, voided);
  return step !== 'nothing';
}
