import { type EventData, OrderPlaced } from '@waybill/contracts';
import { createHarness, type Harness } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import { Payment } from '../persistence/payment.entity';
import { OrderPlacedConsumer } from './order-placed.consumer';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ service: 'payment', database, controllers: [OrderPlacedConsumer] });
});
afterAll(() => harness.close());

const order = (changes: Partial<EventData<typeof OrderPlaced>> = {}): EventData<typeof OrderPlaced> => ({
  orderId: uuidv7(),
  customerId: 'ada',
  lines: [{ sku: 'teapot', quantity: 2, unitPrice: 1900 }],
  total: 3800,
  currency: 'EUR',
  payment: { token: 'tok_visa' },
  ...changes,
});

const paymentsOf = (orderId: string) => harness.dataSource.manager.findBy(Payment, { orderId });

describe('an order', () => {
  it('is to be paid', async () => {
    const placed = order({ total: 3800, currency: 'EUR' });

    const { state } = await harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(await paymentsOf(placed.orderId)).toMatchObject([{ state: 'requested', amount: 3800, currency: 'EUR' }]);
  });

  it('is to be paid once, however often its message comes', async () => {
    const placed = order();
    const { messageId } = await harness.deliver(OrderPlaced, placed);

    const { state } = await harness.deliver(OrderPlaced, placed, { messageId });

    expect(state).toBe('duplicate');
    expect(await paymentsOf(placed.orderId)).toHaveLength(1);
  });

  it('is to be paid once, also when it is told of by another message', async () => {
    const placed = order({ total: 3800 });
    await harness.deliver(OrderPlaced, placed);

    const { state } = await harness.deliver(OrderPlaced, { ...placed, total: 1 });

    expect(state).toBe('processed');
    expect(await paymentsOf(placed.orderId)).toMatchObject([{ amount: 3800 }]);
  });
});
