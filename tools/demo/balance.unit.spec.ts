import { join } from 'node:path';
import { call } from '../testing/call';

const balance = (found: unknown) => call(join(__dirname, 'balance.mjs'), 'balance', found);

const order = (changes: object = {}) => ({
  id: 'order-1',
  status: 'completed',
  total: 2500,
  attention: [],
  lines: [{ sku: 'mug', quantity: 2 }],
  ...changes,
});
const entry = (operation: string, outcome = 'approved') => ({ operation, outcome, amount: 2500 });
const charged = [entry('authorize'), entry('capture')];
const given = [entry('authorize'), entry('void')];
const before = { onHand: 100, reserved: 0 };
const after = { onHand: 98, reserved: 0 };

test('an order that is completed was charged once, and its goods are gone', () => {
  expect(balance({ orders: [{ order: order(), log: charged }], before, after })).toEqual({
    money: { authorized: 2500, captured: 2500, voided: 0, held: 0 },
    stock: { dispatched: 2, gone: 2, reserved: 0 },
    faults: [],
  });
});

test('an order that is cancelled leaves nothing', () => {
  const cancelled = order({ status: 'cancelled' });
  const orders = [
    { order: cancelled, log: given },
    { order: cancelled, log: [entry('authorize', 'declined')] },
  ];

  expect(balance({ orders, before, after: before }).faults).toEqual([]);
});

test('a capture that failed leaves the amount held, while a person is asked to look', () => {
  const log = [entry('authorize'), entry('capture', 'declined')];
  const flagged = order({ status: 'confirmed', attention: ['the payment could not be captured'] });

  expect(balance({ orders: [{ order: flagged, log }], before, after })).toMatchObject({
    money: { captured: 0, held: 2500 },
    faults: [],
  });
});

test.each([
  ['charged twice', order(), [...charged, entry('capture')], /charged 5000 instead of 2500/],
  ['completed and not charged', order(), [entry('authorize')], /charged 0 instead of 2500/],
  ['cancelled and charged', order({ status: 'cancelled' }), charged, /charged 2500 instead of 0/],
  ['cancelled and still held', order({ status: 'cancelled' }), [entry('authorize')], /2500 is still held/],
])('an order that is %s is a fault', (_case, faulty, log, fault) => {
  const { faults } = balance({ orders: [{ order: faulty, log }], before, after });

  expect(faults.join('; ')).toMatch(fault);
});

test('goods that are gone or set aside for no order are a fault', () => {
  const { faults } = balance({ orders: [], before, after: { onHand: 97, reserved: 5 } });

  expect(faults).toEqual([
    '3 pieces are gone from the stock, and the orders had 0',
    '5 pieces more are set aside than before',
  ]);
});
