import { type PaymentState, whenCancelled, whenConfirmed, whenPlaced } from './payment-state';

test.each<[string, PaymentState, string]>([
  ['the first time, and again after an attempt that did not end', 'requested', 'decide'],
  ['repeated after an approval', 'authorized', 'nothing'],
  ['repeated after a decline', 'declined', 'nothing'],
  ['repeated long after', 'captured', 'nothing'],
  ['repeated long after, the capture had failed', 'capture-failed', 'nothing'],
  ['after its cancel, or overtaken by it while the gateway was asked', 'voided', 'release'],
])('placed, %s (%s): %s', (_case, state, step) => {
  expect(whenPlaced[state]).toBe(step);
});

test.each<[string, PaymentState, string]>([
  ['while the gateway is being asked', 'requested', 'void'],
  ['after an approval', 'authorized', 'void'],
  ['after a decline', 'declined', 'nothing'],
  ['repeated, or again after an attempt that did not end', 'voided', 'release'],
  ['after the point of no return', 'captured', 'refuse'],
  ['after the point of no return, the capture had failed', 'capture-failed', 'refuse'],
])('cancelled, %s (%s): %s', (_case, state, step) => {
  expect(whenCancelled[state]).toBe(step);
});

test.each<[string, PaymentState, string]>([
  ['after an approval', 'authorized', 'capture'],
  ['before the answer is recorded', 'requested', 'wait'],
  ['repeated', 'captured', 'nothing'],
  ['repeated after the capture had failed', 'capture-failed', 'nothing'],
  ['although it was declined', 'declined', 'refuse'],
  ['although it was cancelled', 'voided', 'refuse'],
])('confirmed, %s (%s): %s', (_case, state, step) => {
  expect(whenConfirmed[state]).toBe(step);
});
