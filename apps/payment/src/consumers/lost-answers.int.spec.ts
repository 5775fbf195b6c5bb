import { OrderCancelled, OrderConfirmed, OrderPlaced, PaymentAuthorized, PaymentCaptured } from '@waybill/contracts';
import { cancelled, confirmed, cutOnce, order, usePayment } from './setup.spec';

const payment = usePayment(300);

describe('a gateway that charges, and then never answers', () => {
  it('fails the attempt with a line that says so, and the payment stays requested', async () => {
    const placed = order('tok_charge_then_hang');

    const { state, error } = await payment.harness.deliver(OrderPlaced, placed);

    expect(state).toBe('retrying');
    expect(error).toContain('the payment gateway did not answer authorize within 300 ms');
    expect(await payment.stateOf(placed.orderId)).toBe('requested');
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved']);
  });

  it('has its charge found by the key on the next attempt, and is not asked for another', async () => {
    const placed = order('tok_charge_then_hang');
    const { orderId } = placed;
    const { messageId } = await payment.harness.deliver(OrderPlaced, placed);

    const { state, recordedOf } = await payment.harness.retry(messageId);

    expect(state).toBe('processed');
    expect(recordedOf(PaymentAuthorized)).toEqual([{ orderId, amount: 3800, currency: 'EUR' }]);
    expect(await payment.stateOf(orderId)).toBe('authorized');
    expect(payment.asked(orderId)).toEqual(['authorize', 'find']);
    expect(await payment.log(orderId)).toEqual(['authorize approved']);
  });

  it('gives the charge back when the order is cancelled meanwhile, and the next attempt tells nobody', async () => {
    const placed = order('tok_charge_then_hang');
    const { messageId } = await payment.harness.deliver(OrderPlaced, placed);

    const { state } = await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const log = await payment.log(placed.orderId);
    const later = await payment.harness.retry(messageId);

    expect(state).toBe('processed');
    expect(log).toEqual(['authorize approved', 'void approved']);
    expect(later).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.stateOf(placed.orderId)).toBe('voided');
    expect(await payment.log(placed.orderId)).toEqual(log);
  });
});

describe('a gateway that cannot be reached', () => {
  it('is asked for the charge on the next attempt, when it never heard of it', async () => {
    const placed = order();
    payment.gateway.beforeAuthorizing = cutOnce();
    const { state, messageId } = await payment.harness.deliver(OrderPlaced, placed);

    const later = await payment.harness.retry(messageId);

    expect(state).toBe('retrying');
    expect(later.recordedOf(PaymentAuthorized)).toHaveLength(1);
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved']);
  });

  it('captures once, when the answer to the capture was lost', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);
    payment.gateway.afterCapturing = cutOnce();
    const { state, messageId } = await payment.harness.deliver(OrderConfirmed, confirmed(placed));
    const between = await payment.stateOf(placed.orderId);

    const later = await payment.harness.retry(messageId);

    expect({ state, between }).toEqual({ state: 'retrying', between: 'authorized' });
    expect(later.recordedOf(PaymentCaptured)).toHaveLength(1);
    expect(await payment.stateOf(placed.orderId)).toBe('captured');
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'capture approved']);
  });

  it('gives back on the next attempt what it could not give back on the first', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);
    payment.gateway.beforeVoiding = cutOnce();
    const { state, messageId } = await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const between = await payment.stateOf(placed.orderId);

    const later = await payment.harness.retry(messageId);

    expect({ state, between }).toEqual({ state: 'retrying', between: 'voided' });
    expect(later.state).toBe('processed');
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });
});
