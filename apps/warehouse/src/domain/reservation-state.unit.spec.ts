import { decideReservation } from './reservation-state';

const available = new Map([
  ['mug', 5],
  ['globe', 0],
]);

test.each([
  ['reserved', [{ sku: 'mug', quantity: 5 }]],
  ['rejected', [{ sku: 'mug', quantity: 6 }]],
  ['rejected', [{ sku: 'globe', quantity: 1 }]],
  ['rejected', [{ sku: 'unicorn', quantity: 1 }]],
  [
    'rejected',
    [
      { sku: 'mug', quantity: 1 },
      { sku: 'globe', quantity: 1 },
    ],
  ],
])('%s: %j', (state, needs) => {
  expect(decideReservation(needs, available)).toBe(state);
});
