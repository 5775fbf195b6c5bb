import { OrderCancelled, OrderConfirmed, OrderPlaced } from '@waybill/contracts';
import { cancelled, confirmed, order, usePayment } from './setup.spec';

const payment = usePayment();

describe('a cancelled order', () => {
  it('has what was set aside given back, and nobody is told', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);

    const { state, recorded } = await payment.harness.deliver(OrderCancelled, cancelled(placed));

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.paymentOf(placed.orderId)).toMatchObject({ state: 'voided', amount: 3800 });
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('has it given back once, however many messages say so at the same time', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);

    const results = await Promise.all(
      Array.from({ length: 8 }, () => payment.harness.deliver(OrderCancelled, cancelled(placed))),
    );

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('stays declined when it was', async () => {
    const placed = order('tok_declined');
    await payment.harness.deliver(OrderPlaced, placed);

    const { state } = await payment.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('processed');
    expect(await payment.stateOf(placed.orderId)).toBe('declined');
  });

  it('leaves a tombstone when it comes before its order.placed, also twice', async () => {
    const placed = order();

    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const { state } = await payment.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('processed');
    expect(await payment.paymentOf(placed.orderId)).toEqual({
      orderId: placed.orderId,
      state: 'voided',
      amount: null,
      currency: null,
      reason: null,
      requestedAt: null,
      askedAt: null,
      decidedAt: null,
      capturedAt: null,
      voidedAt: expect.any(Date),
    });
    expect(await payment.log(placed.orderId)).toEqual([]);
  });

  it.each([
    ['tok_approved', 'captured', 'capture approved'],
    ['tok_capture_fails', 'capture-failed', 'capture declined'],
  ])('of %s is dead at once, and keeps what it is, when it is %s', async (token, state, capture) => {
    const placed = order(token);
    await payment.harness.deliver(OrderPlaced, placed);
    await payment.harness.deliver(OrderConfirmed, confirmed(placed));

    const cancel = await payment.harness.deliver(OrderCancelled, cancelled(placed));

    expect(cancel.state).toBe('dead');
    expect(cancel.error).toContain(`its payment is ${state}`);
    expect(await payment.stateOf(placed.orderId)).toBe(state);
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', capture]);
  });

  it('is dead, and a person has to look, when the gateway does not give back what it holds', async () => {
    const placed = order();
    const { orderId } = placed;
    await payment.harness.deliver(OrderPlaced, placed);
    await payment.gateway.capture({ key: 'by hand', authorization: `${orderId}:authorize` });

    const { state, error } = await payment.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('dead');
    expect(error).toContain('does not give back what it holds: the capture came first');
  });
});
