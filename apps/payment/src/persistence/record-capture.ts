import { PaymentCaptured, PaymentCaptureFailed } from '@waybill/contracts';
import { PermanentError, type Transaction } from '@waybill/messaging';
import type { Settlement } from '../domain/payment-gateway';
import { whenConfirmed } from '../domain/payment-state';
import { lockPayment } from './lock-payment';
import { amountOf, Payment } from './payment.entity';

/**
 * Whether a confirmed order's payment is still to be taken; false when it was tried before.
 * @throws Error while the gateway's answer is not recorded: tried again later.
 * @throws PermanentError when nothing is held for the order.
 */
export function isToBeCaptured(payment: Payment | null): payment is Payment {
  const step = payment ? whenConfirmed[payment.state] : 'wait';
  if (step === 'wait') throw new Error('the order was confirmed, but its payment is not authorized yet');
  if (step === 'refuse') throw new PermanentError(`the order was confirmed, but its payment is ${payment?.state}`);
  return step === 'capture';
}

/** Records what the gateway said to the capture, and tells the order service; nothing where another message has. */
export async function recordCapture(tx: Transaction, orderId: string, answer: Settlement): Promise<void> {
  const payment = await lockPayment(tx.manager, orderId);
  if (!isToBeCaptured(payment)) return;
  if (answer.outcome === 'approved') {
    await tx.manager.update(Payment, { orderId }, { state: 'captured', capturedAt: () => 'now()' });
    tx.record(PaymentCaptured, { orderId, ...amountOf(payment) });
  } else {
    const { reason } = answer;
    await tx.manager.update(Payment, { orderId }, { state: 'capture-failed', reason });
    tx.record(PaymentCaptureFailed, { orderId, reason });
  }
}
