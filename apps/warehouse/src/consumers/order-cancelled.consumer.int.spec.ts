import { OrderCancelled, OrderConfirmed, OrderPlaced } from '@waybill/contracts';
import { Reservation } from '../persistence/reservation.entity';
import { cancelled, confirmed, order, useWarehouse } from './setup.spec';

const warehouse = useWarehouse();

describe('a cancelled order', () => {
  it('has its goods on the shelf again, and tells nobody', async () => {
    const [ink, pen] = [await warehouse.keep(10), await warehouse.keep(5)];
    const placed = order([ink, 3], [pen, 5]);
    await warehouse.harness.deliver(OrderPlaced, placed);

    const { state, recorded } = await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await warehouse.stateOf(placed.orderId)).toBe('released');
    expect([await warehouse.counts(ink), await warehouse.counts(pen)]).toEqual([
      [10, 0],
      [5, 0],
    ]);
  });

  it('gives back its own goods, once, however many messages say so at the same time', async () => {
    const ink = await warehouse.keep(10);
    const placed = order([ink, 3]);
    await warehouse.harness.deliver(OrderPlaced, placed);
    await warehouse.harness.deliver(OrderPlaced, order([ink, 4]));

    const results = await Promise.all(
      Array.from({ length: 8 }, () => warehouse.harness.deliver(OrderCancelled, cancelled(placed))),
    );

    expect(results.map(({ state }) => state)).toEqual(Array(8).fill('processed'));
    expect(await warehouse.counts(ink)).toEqual([10, 4]);
  });

  it('stays rejected when it was', async () => {
    const scarce = await warehouse.keep(1);
    const placed = order([scarce, 2]);
    await warehouse.harness.deliver(OrderPlaced, placed);

    const { state } = await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('processed');
    expect(await warehouse.stateOf(placed.orderId)).toBe('rejected');
    expect(await warehouse.counts(scarce)).toEqual([1, 0]);
  });

  it('leaves a tombstone when it comes before its order.placed, also twice', async () => {
    const placed = order(['mug', 2]);

    await warehouse.harness.deliver(OrderCancelled, cancelled(placed));
    const { state } = await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('processed');
    expect(await warehouse.manager.findOneBy(Reservation, { orderId: placed.orderId })).toEqual({
      orderId: placed.orderId,
      state: 'released',
      decidedAt: null,
      releasedAt: expect.any(Date),
      dispatchedAt: null,
    });
  });

  it('ends with everything on the shelf, when it comes at the same time as its order.placed', async () => {
    const [ink, pen] = [await warehouse.keep(100), await warehouse.keep(100)];

    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const placed = order([ink, 2], [pen, 1]);
        const messages = [
          () => warehouse.harness.deliver(OrderPlaced, placed),
          () => warehouse.harness.deliver(OrderCancelled, cancelled(placed)),
        ];
        return (index % 2 ? messages : messages.reverse()).map((deliver) => deliver());
      }).flat(),
    );

    expect(results.map(({ state }) => state)).toEqual(Array(40).fill('processed'));
    expect([await warehouse.counts(ink), await warehouse.counts(pen)]).toEqual([
      [100, 0],
      [100, 0],
    ]);
  });

  it('is dead at once, and gives nothing back, when its goods have left', async () => {
    const ink = await warehouse.keep(10);
    const placed = order([ink, 3]);
    await warehouse.harness.deliver(OrderPlaced, placed);
    await warehouse.harness.deliver(OrderConfirmed, confirmed(placed));

    const { state, error } = await warehouse.harness.deliver(OrderCancelled, cancelled(placed));

    expect(state).toBe('dead');
    expect(error).toContain('its goods are dispatched');
    expect(await warehouse.counts(ink)).toEqual([7, 0]);
  });
});
