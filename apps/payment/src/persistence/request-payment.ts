import type { EntityManager } from 'typeorm';
import { Payment } from './payment.entity';

export type PaymentRequest = Pick<Payment, 'orderId' | 'amount' | 'currency'>;

/** Records what is to be collected for an order. An order that has its payment already keeps it as it is. */
export async function requestPayment(manager: EntityManager, request: PaymentRequest): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(Payment)
    .values({ ...request, state: 'requested' })
    .orIgnore()
    .updateEntity(false)
    .execute();
}
