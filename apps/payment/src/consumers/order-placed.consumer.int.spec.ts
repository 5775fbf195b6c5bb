import { OrderCancelled, OrderPlaced, PaymentAuthorized, PaymentDeclined } from '@waybill/contracts';
import { recordedTypes } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { cancelled, order, usePayment } from './setup.spec';

const payment = usePayment();

describe('an order', () => {
  it.each(['tok_approved', 'tok_slow', 'tok_capture_fails'])(
    'of %s has its amount set aside, and the order service is told',
    async (token) => {
      const placed = order(token);
      const { orderId } = placed;

      const { state, recorded, recordedOf } = await payment.harness.deliver(OrderPlaced, placed);

      expect(state).toBe('processed');
      expect(recorded).toHaveLength(1);
      expect(recordedOf(PaymentAuthorized)).toEqual([{ orderId, amount: 3800, currency: 'EUR' }]);
      expect(await payment.paymentOf(orderId)).toMatchObject({ state: 'authorized', amount: 3800, currency: 'EUR' });
      expect(await payment.log(orderId)).toEqual(['authorize approved']);
    },
  );

  it.each([
    ['tok_declined', 'card declined'],
    ['tok_insufficient_funds', 'insufficient funds'],
    ['tok_visa', 'unknown token'],
    ['constructor', 'unknown token'],
  ])('of %s is declined: %s, and the order service is told', async (token, reason) => {
    const placed = order(token);
    const { orderId } = placed;

    const { state, recorded, recordedOf } = await payment.harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(recorded).toHaveLength(1);
    expect(recordedOf(PaymentDeclined)).toEqual([{ orderId, reason }]);
    expect(await payment.paymentOf(orderId)).toMatchObject({ state: 'declined', reason });
    expect(await payment.log(orderId)).toEqual(['authorize declined']);
  });

  it('asks the gateway once, when its message comes again', async () => {
    const placed = order();
    const { messageId } = await payment.harness.deliver(OrderPlaced, placed);

    const { state } = await payment.harness.deliver(OrderPlaced, placed, { messageId });

    expect(state).toBe('duplicate');
    expect(payment.asked(placed.orderId)).toEqual(['authorize']);
  });

  it('is charged and told of once, when its message comes many times at once', async () => {
    const placed = order();
    const messageId = uuidv7();

    const results = await Promise.all(
      Array.from({ length: 8 }, () => payment.harness.deliver(OrderPlaced, placed, { messageId })),
    );

    expect(results.filter(({ state }) => state === 'retrying' || state === 'dead')).toEqual([]);
    expect(recordedTypes(results)).toEqual(['payment.authorized']);
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved']);
  });

  it('is charged and told of once, when several messages tell of it at once', async () => {
    const placed = order();

    const results = await Promise.all(Array.from({ length: 8 }, () => payment.harness.deliver(OrderPlaced, placed)));

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(recordedTypes(results)).toEqual(['payment.authorized']);
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved']);
  });

  it('keeps its amount and its answer, and the gateway is not asked again, when another message tells of it', async () => {
    const placed = order();
    await payment.harness.deliver(OrderPlaced, placed);

    const { state, recorded } = await payment.harness.deliver(OrderPlaced, { ...placed, total: 1 });

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.paymentOf(placed.orderId)).toMatchObject({ state: 'authorized', amount: 3800 });
    expect(payment.asked(placed.orderId)).toEqual(['authorize']);
  });

  it('is not charged and gets no answer, when its cancel came first', async () => {
    const placed = order();
    await payment.harness.deliver(OrderCancelled, cancelled(placed));

    const { state, recorded } = await payment.harness.deliver(OrderPlaced, placed);

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.stateOf(placed.orderId)).toBe('voided');
    expect(payment.asked(placed.orderId)).not.toContain('authorize');
  });
});
