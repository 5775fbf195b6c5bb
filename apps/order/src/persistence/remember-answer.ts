import { PermanentError, type Transaction } from '@waybill/messaging';
import type { Answer } from '../domain/order-flow';
import { advanceOrder } from './advance-order';

/**
 * Lets an order have another service's answer.
 * @throws PermanentError when the order is not there, or when the answer is impossible: that is a mistake of somebody's, which trying
 *   again would not mend and passing over would hide.
 */
export async function rememberAnswer(tx: Transaction, orderId: string, answer: Answer): Promise<void> {
  const step = await advanceOrder(tx, orderId, answer);
  if (step.outcome === 'not-found') throw new PermanentError(`${answer.kind}: there is no order ${orderId}`);
  if (step.outcome === 'impossible')
    throw new PermanentError(`${answer.kind} for the order ${orderId}: ${step.reason}`);
}
