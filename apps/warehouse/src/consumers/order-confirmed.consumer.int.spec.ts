import { OrderCancelled, OrderConfirmed, OrderPlaced, ShipmentDispatched } from '@waybill/contracts';
import { recordedTypes } from '@waybill/testing';
import { cancelled, confirmed, order, useWarehouse } from './setup.spec';

const warehouse = useWarehouse();

describe('a confirmed order', () => {
  it('has its goods dispatched, and the order service is told', async () => {
    const [ink, pen] = [await warehouse.keep(10), await warehouse.keep(5)];
    const placed = order([ink, 3], [pen, 5]);
    await warehouse.harness.deliver(OrderPlaced, placed);

    const { state, recorded, recordedOf } = await warehouse.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('processed');
    expect(recorded).toHaveLength(1);
    expect(recordedOf(ShipmentDispatched)).toEqual([{ orderId: placed.orderId }]);
    expect(await warehouse.stateOf(placed.orderId)).toBe('dispatched');
    expect([await warehouse.counts(ink), await warehouse.counts(pen)]).toEqual([
      [7, 0],
      [0, 0],
    ]);
  });

  it('has them dispatched once, however many messages say so at the same time', async () => {
    const ink = await warehouse.keep(10);
    const placed = order([ink, 3]);
    await warehouse.harness.deliver(OrderPlaced, placed);

    const results = await Promise.all(
      Array.from({ length: 8 }, () => warehouse.harness.deliver(OrderConfirmed, confirmed(placed))),
    );

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(recordedTypes(results)).toEqual(['shipment.dispatched']);
    expect(await warehouse.counts(ink)).toEqual([7, 0]);
  });

  it('waits for its order.placed', async () => {
    const ink = await warehouse.keep(10);
    const placed = order([ink, 3]);

    const early = await warehouse.harness.deliver(OrderConfirmed, confirmed(placed));
    await warehouse.harness.deliver(OrderPlaced, placed);
    const later = await warehouse.harness.retry(early.messageId);

    expect(early.state).toBe('retrying');
    expect(early.error).toContain('nothing was decided');
    expect(later.recordedOf(ShipmentDispatched)).toEqual([{ orderId: placed.orderId }]);
    expect(await warehouse.counts(ink)).toEqual([7, 0]);
  });

  it('is dead at once, and takes nothing, when its goods were rejected', async () => {
    const scarce = await warehouse.keep(1);
    const placed = order([scarce, 2]);
    await warehouse.harness.deliver(OrderPlaced, placed);

    const { state, error } = await warehouse.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('dead');
    expect(error).toContain('its goods are rejected');
    expect(await warehouse.counts(scarce)).toEqual([1, 0]);
  });

  it('is dead at once, and takes nothing, when it was cancelled', async () => {
    const ink = await warehouse.keep(10);
    const placed = order([ink, 2]);
    await warehouse.harness.deliver(OrderPlaced, placed);
    await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    const { state, error } = await warehouse.harness.deliver(OrderConfirmed, confirmed(placed));

    expect(state).toBe('dead');
    expect(error).toContain('its goods are released');
    expect(await warehouse.counts(ink)).toEqual([10, 0]);
  });
});
