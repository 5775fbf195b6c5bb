import { priceOrder, UnknownSkuError } from './pricing';

const prices = new Map([
  ['mug', 1250],
  ['globe', 249_000],
  ['sticker', 0],
]);

test('lines are priced from the list, and summed', () => {
  expect(
    priceOrder(
      [
        { sku: 'mug', quantity: 2 },
        { sku: 'sticker', quantity: 1000 },
        { sku: 'globe', quantity: 1 },
      ],
      prices,
    ),
  ).toEqual({
    lines: [
      { sku: 'mug', quantity: 2, unitPrice: 1250 },
      { sku: 'sticker', quantity: 1000, unitPrice: 0 },
      { sku: 'globe', quantity: 1, unitPrice: 249_000 },
    ],
    total: 251_500,
  });
});

test('the largest order that can be placed has an exact total', () => {
  const dearest = new Map(Array.from({ length: 50 }, (_, index) => [`sku-${index}`, 2 ** 31 - 1] as const));
  const lines = [...dearest.keys()].map((sku) => ({ sku, quantity: 1000 }));

  const { total } = priceOrder(lines, dearest);

  expect(BigInt(total)).toBe(50n * 1000n * (2n ** 31n - 1n));
});

test('skus that the list does not have are named by their lines, all of them', () => {
  const price = () =>
    priceOrder(
      [
        { sku: 'unicorn', quantity: 1 },
        { sku: 'mug', quantity: 1 },
        { sku: 'constructor', quantity: 1 },
      ],
      prices,
    );

  expect(price).toThrow(UnknownSkuError);
  expect(price).toThrow(
    expect.objectContaining({
      lines: [
        { index: 0, sku: 'unicorn' },
        { index: 2, sku: 'constructor' },
      ],
    }),
  );
});
