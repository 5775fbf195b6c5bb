import { OrderCancelled, OrderPlaced, StockRejected, StockReserved } from '@waybill/contracts';
import { recordedTypes } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { cancelled, order, useWarehouse } from './setup.spec';

const warehouse = useWarehouse();

describe('an order', () => {
  it('has its goods set aside, and the order service is told', async () => {
    const [ink, pen] = [await warehouse.keep(10), await warehouse.keep(10)];
    const placed = order([ink, 3], [pen, 1]);
    const { orderId } = placed;

    const { state, recordedOf } = await warehouse.harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(recordedOf(StockReserved)).toEqual([{ orderId }]);
    expect(await warehouse.stateOf(orderId)).toBe('reserved');
    expect(await warehouse.linesOf(orderId)).toEqual([
      { orderId, sku: ink, quantity: 3 },
      { orderId, sku: pen, quantity: 1 },
    ]);
    expect([await warehouse.counts(ink), await warehouse.counts(pen)]).toEqual([
      [10, 3],
      [10, 1],
    ]);
  });

  it('is rejected as a whole when some of the goods do not suffice, and the order service is told which', async () => {
    const [plenty, scarce] = [await warehouse.keep(10), await warehouse.keep(1)];
    const placed = order([plenty, 1], [scarce, 2], ['unicorn', 1]);

    const { state, recorded, recordedOf } = await warehouse.harness.deliver(OrderPlaced, placed);

    expect(state).toBe('processed');
    expect(recorded).toHaveLength(1);
    expect(recordedOf(StockRejected)).toEqual([{ orderId: placed.orderId, skus: [scarce, 'unicorn'] }]);
    expect(await warehouse.stateOf(placed.orderId)).toBe('rejected');
    expect(await warehouse.linesOf(placed.orderId)).toEqual([]);
    expect([await warehouse.counts(plenty), await warehouse.counts(scarce)]).toEqual([
      [10, 0],
      [1, 0],
    ]);
  });

  it('has its goods set aside once, however often its message comes, also at the same time', async () => {
    const mugs = await warehouse.keep(10);
    const placed = order([mugs, 2]);
    const messageId = uuidv7();

    const results = await Promise.all(
      Array.from({ length: 8 }, () => warehouse.harness.deliver(OrderPlaced, placed, { messageId })),
    );

    expect(results.map(({ state }) => state).sort()).toEqual([...Array(7).fill('duplicate'), 'processed']);
    expect(recordedTypes(results)).toEqual(['stock.reserved']);
    expect(await warehouse.counts(mugs)).toEqual([10, 2]);
  });

  it('has its goods set aside once, also when several messages tell of it at the same time', async () => {
    const mugs = await warehouse.keep(10);
    const placed = order([mugs, 2]);

    const results = await Promise.all(Array.from({ length: 8 }, () => warehouse.harness.deliver(OrderPlaced, placed)));

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(recordedTypes(results)).toEqual(['stock.reserved']);
    expect(await warehouse.counts(mugs)).toEqual([10, 2]);
  });

  it('stays rejected when another message tells of it, whatever there is by then', async () => {
    const scarce = await warehouse.keep(1);
    const placed = order([scarce, 2]);
    await warehouse.harness.deliver(OrderPlaced, placed);
    await warehouse.manager.query('update stock set on_hand = 100 where sku = $1', [scarce]);

    const { state, recorded } = await warehouse.harness.deliver(OrderPlaced, placed);

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await warehouse.stateOf(placed.orderId)).toBe('rejected');
    expect(await warehouse.counts(scarce)).toEqual([100, 0]);
  });

  it('gets nothing, and no answer, when its cancel came first', async () => {
    const mugs = await warehouse.keep(10);
    const placed = order([mugs, 2]);
    await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    const { state, recorded } = await warehouse.harness.deliver(OrderPlaced, placed);

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await warehouse.stateOf(placed.orderId)).toBe('released');
    expect(await warehouse.linesOf(placed.orderId)).toEqual([]);
    expect(await warehouse.counts(mugs)).toEqual([10, 0]);
  });
});
