import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import type { Need } from '../domain/reservation-state';
import { Reservation } from './reservation.entity';
import { reserveStock } from './reserve-stock';
import { Stock } from './stock.entity';

let postgres: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect('owner');
});

afterAll(() => postgres.drop());

beforeEach(async () => {
  await dataSource.manager.clear(Reservation);
  await dataSource.manager.clear(Stock);
  await dataSource.manager.insert(Stock, [
    { sku: 'b', onHand: 10, reserved: 8 },
    { sku: 'a', onHand: 10, reserved: 0 },
  ]);
});

const reserve = (orderId: string, needs: readonly Need[]) =>
  dataSource.transaction((manager) => reserveStock(manager, orderId, needs));

async function reserved(): Promise<Record<string, number>> {
  const stock = await dataSource.manager.find(Stock);
  return Object.fromEntries(stock.map((item) => [item.sku, item.reserved]));
}

async function reservations(orderId: string) {
  const rows = await dataSource.manager.find(Reservation, { where: { orderId }, order: { sku: 'asc' } });
  return rows.map(({ sku, quantity, state }) => ({ sku, quantity, state }));
}

test('sets the goods of an order aside', async () => {
  const orderId = randomUUID();

  expect(
    await reserve(orderId, [
      { sku: 'b', quantity: 2 },
      { sku: 'a', quantity: 3 },
    ]),
  ).toBe('reserved');

  expect(await reserved()).toEqual({ a: 3, b: 10 });
  expect(await reservations(orderId)).toEqual([
    { sku: 'a', quantity: 3, state: 'reserved' },
    { sku: 'b', quantity: 2, state: 'reserved' },
  ]);
});

test.each([
  [
    'too little of one',
    [
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: 3 },
    ],
  ],
  [
    'goods that it does not keep',
    [
      { sku: 'a', quantity: 1 },
      { sku: 'unicorn', quantity: 1 },
    ],
  ],
])('%s: takes nothing, and says so', async (_case, needs) => {
  const orderId = randomUUID();

  expect(await reserve(orderId, needs)).toBe('rejected');

  expect(await reserved()).toEqual({ a: 0, b: 8 });
  expect((await reservations(orderId)).map(({ state }) => state)).toEqual(['rejected', 'rejected']);
});

test('an order that was decided on keeps its decision', async () => {
  const orderId = randomUUID();
  await reserve(orderId, [{ sku: 'a', quantity: 3 }]);

  expect(await reserve(orderId, [{ sku: 'a', quantity: 3 }])).toBeUndefined();

  expect(await reserved()).toEqual({ a: 3, b: 8 });
});

test('orders that race for the same goods, in any order, get what there is and no more', async () => {
  const orders = Array.from({ length: 20 }, (_, index) => {
    const needs = [
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: 1 },
    ];
    return reserve(randomUUID(), index % 2 ? needs : needs.reverse());
  });

  const decisions = await Promise.all(orders);

  expect(decisions.filter((decision) => decision === 'reserved')).toHaveLength(2);
  expect(await reserved()).toEqual({ a: 2, b: 10 });
});

test('goods are locked in the order of their skus, so that no two orders wait for each other', async () => {
  const other = dataSource.createQueryRunner();
  await other.startTransaction();
  try {
    await other.query(`select from stock where sku = 'a' for update`);
    const waiting = reserve(
      randomUUID(),
      ['b', 'a'].map((sku) => ({ sku, quantity: 1 })),
    );
    await someoneWaitsForALock();

    expect(await other.query(`select sku from stock where sku = 'b' for update skip locked`)).toEqual([{ sku: 'b' }]);

    await other.commitTransaction();
    expect(await waiting).toBe('reserved');
  } finally {
    await other.release();
  }
});

test('the same order twice at once is decided on once', async () => {
  const orderId = randomUUID();

  const decisions = await Promise.all([1, 2, 3].map(() => reserve(orderId, [{ sku: 'a', quantity: 4 }])));

  expect(decisions.filter((decision) => decision !== undefined)).toEqual(['reserved']);
  expect(await reserved()).toEqual({ a: 4, b: 8 });
});

test.each([
  { onHand: 1, reserved: 2 },
  { onHand: 1, reserved: -1 },
  { onHand: -1, reserved: 0 },
])('the table takes no %j', async (values) => {
  await expect(dataSource.manager.insert(Stock, { sku: 'c', ...values })).rejects.toMatchObject({
    code: '23514',
  });
});

async function someoneWaitsForALock(): Promise<void> {
  const rows: unknown[] = await dataSource.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  if (rows.length === 0) await someoneWaitsForALock();
}
