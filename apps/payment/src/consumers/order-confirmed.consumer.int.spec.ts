import { OrderCancelled, OrderConfirmed, OrderPlaced, PaymentCaptured, PaymentCaptureFailed } from '@waybill/contracts';
import { recordedTypes } from '@waybill/testing';
import { cancelled, confirmed, order, usePayment } from './setup.spec';

const payment = usePayment();

describe('a confirmed order', () => {
  it('has its money taken, and the order service is told', async () => {
    const placed = order();
    const { orderId } = placed;
    await payment.harness.deliver(OrderPlaced, placed);

    const { state, recorded, recordedOf } = await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('processed');
    expect(recorded).toHaveLength(1);
    expect(recordedOf(PaymentCaptured)).toEqual([{ orderId, amount: 3800, currency: 'EUR' }]);
    expect(await payment.paymentOf(orderId)).toMatchObject({ state: 'captured', capturedAt: expect.any(Date) });
    expect(await payment.log(orderId)).toEqual(['authorize approved', 'capture approved']);
  });

  it('has it taken once, however many messages say so at the same time', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);

    const results = await Promise.all(
      Array.from({ length: 8 }, () => payment.harness.deliver(OrderConfirmed, confirmed(placed))),
    );
    const later = await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(recordedTypes(results)).toEqual(['payment.captured']);
    expect(later).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'capture approved']);
  });

  it('whose capture is refused is an answer: the order service is told once, with the reason', async () => {
    const placed = order('tok_capture_fails');
    const { orderId } = placed;
    await payment.harness.deliver(OrderPlaced, placed);

    const { state, recorded, recordedOf } = await payment.harness.deliver(OrderConfirmed, confirmed(placed));
    const again = await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('processed');
    expect(recorded).toHaveLength(1);
    expect(recordedOf(PaymentCaptureFailed)).toEqual([{ orderId, reason: 'capture refused' }]);
    expect(again).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.paymentOf(orderId)).toMatchObject({ state: 'capture-failed', reason: 'capture refused' });
    expect(await payment.log(orderId)).toEqual(['authorize approved', 'capture declined']);
  });

  it('waits for its order.placed', async () => {
    const placed = order();

    const early = await payment.harness.deliver(OrderConfirmed, confirmed(placed));
    await payment.harness.deliver(OrderPlaced, placed);
    const later = await payment.harness.retry(early.messageId);

    expect(early.state).toBe('retrying');
    expect(early.error).toContain('not authorized yet');
    expect(later.recordedOf(PaymentCaptured)).toHaveLength(1);
  });

  it('is dead at once, and the gateway is not asked, when its payment was declined', async () => {
    const placed = order('tok_declined');
    await payment.harness.deliver(OrderPlaced, placed);

    const { state, error } = await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('dead');
    expect(error).toContain('its payment is declined');
    expect(payment.asked(placed.orderId)).toEqual(['authorize']);
  });

  it('is dead at once, and the gateway is not asked, when it was cancelled', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);
    await payment.harness.deliver(OrderCancelled, cancelled(placed));

    const { state, error } = await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('dead');
    expect(error).toContain('its payment is voided');
    expect(payment.asked(placed.orderId)).toEqual(['authorize', 'find', 'void']);
  });
});
