import { missingSkus, type ReservationState, whenCancelled, whenConfirmed } from './reservation-state';

const available = new Map([
  ['mug', 5],
  ['globe', 0],
]);

test.each([
  ['all that there is', { mug: 5 }, []],
  ['one more than there is', { mug: 6 }, ['mug']],
  ['what has run out', { globe: 1 }, ['globe']],
  ['what is not kept', { unicorn: 1 }, ['unicorn']],
  ['enough of one, too much of others', { mug: 1, globe: 1, unicorn: 1 }, ['globe', 'unicorn']],
])('%s: %j misses %j', (_case, quantities, missing) => {
  const needs = Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity }));

  expect(missingSkus(needs, available)).toEqual(missing);
});

test.each<[string, ReservationState, string]>([
  ['goods that are set aside', 'reserved', 'dispatch'],
  ['a repeated message', 'dispatched', 'nothing'],
  ['an order that got no goods', 'rejected', 'refuse'],
  ['an order that was cancelled', 'released', 'refuse'],
])('confirmed, %s (%s): %s', (_case, state, step) => {
  expect(whenConfirmed[state]).toBe(step);
});

test.each<[string, ReservationState, string]>([
  ['goods that are set aside', 'reserved', 'release'],
  ['an order that got no goods', 'rejected', 'nothing'],
  ['a repeated message', 'released', 'nothing'],
  ['goods that have left', 'dispatched', 'refuse'],
])('cancelled, %s (%s): %s', (_case, state, step) => {
  expect(whenCancelled[state]).toBe(step);
});
