import { PaymentAuthorized, PaymentDeclined } from '@waybill/contracts';
import type { Transaction } from '@waybill/messaging';
import type { Authorization } from '../domain/payment-gateway';
import { whenPlaced } from '../domain/payment-state';
import { lockPayment } from './lock-payment';
import { amountOf, Payment } from './payment.entity';

/**
 * Records the gateway's answer, and tells the order service; nothing where another message has.
 * @throws Error when the order was cancelled meanwhile: the next attempt finds that at its start, and gives back what is held.
 */
export async function recordAuthorization(tx: Transaction, orderId: string, answer: Authorization): Promise<void> {
  const payment = await lockPayment(tx.manager, orderId);
  if (!payment) throw new Error(`the order ${orderId} has no payment any more`);
  const step = whenPlaced[payment.state];
  if (step === 'release') throw new Error(`the order ${orderId} was cancelled while the gateway answered`);
  if (step === 'nothing') return;
  const decidedAt = () => 'now()';
  if (answer.outcome === 'approved') {
    await tx.manager.update(Payment, { orderId }, { state: 'authorized', decidedAt });
    tx.record(PaymentAuthorized, { orderId, ...amountOf(payment) });
  } else {
    const { reason } = answer;
    await tx.manager.update(Payment, { orderId }, { state: 'declined', decidedAt, reason });
    tx.record(PaymentDeclined, { orderId, reason });
  }
}
