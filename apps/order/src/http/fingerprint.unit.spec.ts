import { fingerprintOf } from './fingerprint';

const body = {
  customerId: 'customer-7',
  lines: [
    { sku: 'mug', quantity: 2 },
    { sku: 'teapot', quantity: 1 },
  ],
};

test('is the same whatever the order of the keys, at any depth', () => {
  const turned = { lines: body.lines.map(({ sku, quantity }) => ({ quantity, sku })), customerId: 'customer-7' };

  expect(fingerprintOf(turned)).toEqual(fingerprintOf(body));
  expect(fingerprintOf(body)).toHaveLength(32);
});

test.each<[string, object]>([
  ['another value', { ...body, customerId: 'customer-8' }],
  ['a value of another type', { ...body, customerId: 7 }],
  ['another value inside', { ...body, lines: [{ sku: 'mug', quantity: 3 }, body.lines[1]] }],
  ['the lines in another order', { ...body, lines: [...body.lines].reverse() }],
  ['a field more', { ...body, note: null }],
  ['a field less', { customerId: body.customerId }],
])('%s is another', (_case, other) => {
  expect(fingerprintOf(other)).not.toEqual(fingerprintOf(body));
});
