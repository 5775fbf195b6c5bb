import { type EventData, OrderPlaced } from '@waybill/contracts';
import { createHarness, type Harness } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import { Reservation } from '../persistence/reservation.entity';
import { Stock } from '../persistence/stock.entity';
import { OrderPlacedConsumer } from './order-placed.consumer';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ service: 'warehouse', database, controllers: [OrderPlacedConsumer] });
});
afterAll(() => harness.close());

const order = (...lines: [sku: string, quantity: number][]): EventData<typeof OrderPlaced> => ({
  orderId: uuidv7(),
  customerId: 'ada',
  lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: 100 })),
  total: 100,
  currency: 'EUR',
  payment: { token: 'tok_visa' },
});

async function stock(sku: string, onHand: number): Promise<string> {
  await harness.dataSource.manager.insert(Stock, { sku, onHand, reserved: 0 });
  return sku;
}

async function reserved(sku: string): Promise<number> {
  return (await harness.dataSource.manager.findOneByOrFail(Stock, { sku })).reserved;
}

const decisionOn = ({ orderId }: { orderId: string }) =>
  harness.dataSource.manager.find(Reservation, { where: { orderId }, order: { sku: 'asc' } });

describe('an order', () => {
  it('has its goods set aside', async () => {
    const [ink, pen] = [await stock('green-ink', 10), await stock('green-pen', 10)];
    const placed = order([ink, 3], [pen, 1]);

    const { state } = await harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(await decisionOn(placed)).toMatchObject([
      { sku: ink, quantity: 3, state: 'reserved' },
      { sku: pen, quantity: 1, state: 'reserved' },
    ]);
    expect([await reserved(ink), await reserved(pen)]).toEqual([3, 1]);
  });

  it('is rejected as a whole when one of the goods does not suffice', async () => {
    const [plenty, scarce] = [await stock('plenty', 10), await stock('scarce', 1)];
    const placed = order([plenty, 1], [scarce, 2]);

    const { state } = await harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(await decisionOn(placed)).toMatchObject([{ state: 'rejected' }, { state: 'rejected' }]);
    expect([await reserved(plenty), await reserved(scarce)]).toEqual([0, 0]);
  });

  it('has its goods set aside once, however often its message comes, also at the same time', async () => {
    const mugs = await stock('blue-mug', 10);
    const placed = order([mugs, 2]);
    const messageId = uuidv7();

    const results = await Promise.all(
      Array.from({ length: 8 }, () => harness.deliver(OrderPlaced, placed, { messageId })),
    );

    expect(results.map(({ state }) => state).sort()).toEqual([...Array(7).fill('duplicate'), 'processed']);
    expect(await reserved(mugs)).toBe(2);
  });

  it('never takes more than there is, however many come at the same time', async () => {
    const globes = await stock('last-globe', 3);

    const results = await Promise.all(
      Array.from({ length: 8 }, () => harness.deliver(OrderPlaced, order([globes, 1]))),
    );

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(await reserved(globes)).toBe(3);
  });
});
