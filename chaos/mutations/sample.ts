import type { Mutation } from './mutation';

const stock = 'apps/warehouse/src/migrations/0001-keep-stock.ts';

const takeFromStock = 'apps/warehouse/src/persistence/take-from-stock.ts';

/** The sample domain's own. */
export const sampleMutations: readonly Mutation[] = [
  {
    name: 'idempotency-key',
    safeguard: 'a request that comes again gets the answer of the first, and no second order',
    edits: [
      {
        file: 'apps/order/src/http/orders.controller.ts',
        replace: 'key === undefined ? undefined : {',
        by: 'key !== undefined || key === undefined ? undefined : {',
      },
    ],
    scenario: 'entry-killed',
    catches: ['I1 doubled'],
  },
  {
    name: 'gateway-key',
    safeguard: 'the payment gateway is asked for a charge under one key, however often',
    edits: [
      {
        file: 'apps/payment/src/consumers/gateway-operations.ts',
        replace: "key: operationKey(orderId, 'authorize'), orderId,",
        by: 'key: crypto.randomUUID(), orderId,',
      },
    ],
    scenario: 'consumer-cancelled',
    catches: ['I4'],
  },
  {
    name: 'effect-in-the-transaction',
    safeguard: 'an effect is committed with the message that it comes of: here, goods that leave',
    edits: [
      { file: takeFromStock, replace: ' order by sku for update', by: ' order by sku' },
      {
        file: takeFromStock,
        replace: 'await manager.query(\n    `update',
        by: 'await manager.connection.query(\n    `update',
      },
    ],
    scenario: 'first-commit-refused',
    catches: ['I5 lost'],
  },
  {
    name: 'stock-check',
    safeguard: 'the stock cannot be written down to less than is set aside, or below zero (CHECK)',
    edits: [
      { file: stock, replace: 'on_hand int not null check (on_hand >= 0),', by: 'on_hand int not null,' },
      {
        file: stock,
        replace: 'default 0 check (reserved >= 0),\n        check (reserved <= on_hand)\n',
        by: 'default 0\n',
      },
    ],
    scenario: 'stock-by-hand',
    catches: ['I5 lost'],
  },
  {
    name: 'stock-lock-and-check',
    safeguard:
      'two orders at once do not get the same goods: the stock is locked, and if it were not, there is the CHECK',
    edits: [
      { file: stock, replace: 'on_hand int not null check (on_hand >= 0),', by: 'on_hand int not null,' },
      {
        file: stock,
        replace: 'default 0 check (reserved >= 0),\n        check (reserved <= on_hand)\n',
        by: 'default 0\n',
      },
      {
        file: 'apps/warehouse/src/persistence/reserve-stock.ts',
        replace: 'where sku = any ($1) order by sku for update',
        by: 'where sku = any ($1) order by sku',
      },
    ],
    scenario: 'last-unit',
    catches: ['I5 lost', 'I12 illegal: it could not go on: Error: one must get it'],
  },
  {
    name: 'order-lock',
    safeguard: 'of two answers that come to an order at once, each sees the other',
    edits: [
      {
        file: 'apps/order/src/persistence/advance-order.ts',
        replace: "{ where: { id: orderId }, lock: { mode: 'pessimistic_write' } }",
        by: '{ where: { id: orderId } }',
      },
    ],
    scenario: 'broker-killed',
    catches: ['I6 stuck', 'I8 illegal', 'I3 doubled'],
  },
];
