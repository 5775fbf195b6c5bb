import type { EntityManager } from 'typeorm';
import { Payment } from './payment.entity';

export interface PaymentRequest {
  readonly orderId: string;
  /** Minor units of the currency. */
  readonly amount: number;
  readonly currency: string;
}

/**
 * Records the intent to collect an order's amount. An order that has its payment already keeps it as it is.
 * @returns the payment as it is now; `isNew`: nobody can have asked the gateway yet.
 */
export async function requestPayment(
  manager: EntityManager,
  request: PaymentRequest,
): Promise<{ readonly payment: Payment; readonly isNew: boolean }> {
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(Payment)
    .values({ ...request, state: 'requested' })
    .orIgnore()
    .updateEntity(false)
    .returning('order_id')
    .execute();
  const payment = await manager.findOneByOrFail(Payment, { orderId: request.orderId });
  return { payment, isNew: inserted.raw.length > 0 };
}
