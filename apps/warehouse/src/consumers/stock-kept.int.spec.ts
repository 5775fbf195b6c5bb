import { OrderCancelled, OrderConfirmed, OrderPlaced } from '@waybill/contracts';
import { recordedTypes } from '@waybill/testing';
import { cancelled, confirmed, order, useWarehouse } from './setup.spec';

const warehouse = useWarehouse();

/** What the books say: pieces set aside, and pieces that have left, by the orders' own lines. */
async function booked(sku: string): Promise<{ reserved: number; dispatched: number }> {
  const [row] = await warehouse.manager.query(
    `select coalesce(sum(quantity) filter (where state = 'reserved'), 0)::int as reserved,
       coalesce(sum(quantity) filter (where state = 'dispatched'), 0)::int as dispatched
     from reservation_line join reservation using (order_id) where sku = $1`,
    [sku],
  );
  return row;
}

const times = <Result>(count: number, make: (index: number) => Result) =>
  Array.from({ length: count }, (_, index) => make(index));

test('of many orders for the last pieces, as many get one as there are, and never one more', async () => {
  const globe = await warehouse.keep(3);

  const results = await Promise.all(times(20, () => warehouse.harness.deliver(OrderPlaced, order([globe, 1]))));

  expect(results.map(({ state }) => state)).toEqual(Array(20).fill('processed'));
  const types = recordedTypes(results);
  expect(types.filter((type) => type === 'stock.reserved')).toHaveLength(3);
  expect(types.filter((type) => type === 'stock.rejected')).toHaveLength(17);
  expect(await warehouse.counts(globe)).toEqual([3, 3]);
});

test('pieces are conserved, whatever happens to orders for the same goods at the same time', async () => {
  const goods = [await warehouse.keep(12), await warehouse.keep(12), await warehouse.keep(12)];
  const orders = times(30, (index) => {
    const lines = goods.map((sku, position): [string, number] => [sku, 1 + ((index + position) % 2)]);
    return order(...(index % 2 ? lines : lines.reverse()));
  });
  const placed = await Promise.all(orders.map((each) => warehouse.harness.deliver(OrderPlaced, each)));
  const reserved = orders.filter((_, index) => recordedTypes(placed.slice(index, index + 1))[0] === 'stock.reserved');

  const results = await Promise.all([
    ...reserved.map((each, index) =>
      index % 2
        ? warehouse.harness.deliver(OrderConfirmed, confirmed(each))
        : warehouse.harness.deliver(OrderCancelled, cancelled(each)),
    ),
    ...orders.map((each) => warehouse.harness.deliver(OrderPlaced, each)),
    ...times(20, () =>
      warehouse.harness.deliver(OrderPlaced, order(...goods.map((sku): [string, number] => [sku, 1]))),
    ),
  ]);

  expect(reserved.length).toBeGreaterThan(5);
  expect(results.filter(({ state }) => state !== 'processed')).toEqual([]);
  for (const sku of goods) {
    const { reserved: setAside, dispatched } = await booked(sku);
    expect(await warehouse.counts(sku)).toEqual([12 - dispatched, setAside]);
    expect(dispatched).toBeGreaterThan(0);
  }
});
