import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource, EntityManager } from 'typeorm';
import { database } from '../database';
import { dispatchReservation } from './dispatch-reservation';
import { releaseReservation } from './release-reservation';
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
  await dataSource.query('truncate stock cascade');
  await dataSource.manager.insert(Stock, [
    { sku: 'b', onHand: 10, reserved: 0 },
    { sku: 'a', onHand: 10, reserved: 0 },
  ]);
});

const needs = ['b', 'a'].map((sku) => ({ sku, quantity: 1 }));

const reserve = (manager: EntityManager, orderId: string): Promise<unknown> => reserveStock(manager, orderId, needs);

async function reservedOrder(): Promise<string> {
  const orderId = randomUUID();
  await dataSource.transaction((manager) => reserve(manager, orderId));
  return orderId;
}

/** Holds what `lock` locks while `meanwhile` runs. */
async function holding(lock: string, parameters: unknown[], meanwhile: () => Promise<void>): Promise<void> {
  const other = dataSource.createQueryRunner();
  await other.startTransaction();
  try {
    await other.query(lock, parameters);
    await meanwhile();
  } finally {
    await other.rollbackTransaction();
    await other.release();
  }
}

async function someoneWaitsForALock(): Promise<void> {
  const rows: unknown[] = await dataSource.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  if (rows.length === 0) await someoneWaitsForALock();
}

async function freeRows(): Promise<string[]> {
  const rows: { sku: string }[] = await dataSource.query('select sku from stock order by sku for update skip locked');
  return rows.map(({ sku }) => sku);
}

const changes: [string, (manager: EntityManager, orderId: string) => Promise<unknown>][] = [
  ['reserving', reserve],
  ['releasing', releaseReservation],
  ['dispatching', dispatchReservation],
];

test.each(changes)('%s waits for whoever is at the same order before it takes any stock', async (_case, change) => {
  const orderId = await reservedOrder();
  let waiting: Promise<unknown> | undefined;

  await holding('select from reservation where order_id = $1 for update', [orderId], async () => {
    waiting = dataSource.transaction((manager) => change(manager, orderId));
    await someoneWaitsForALock();

    expect(await freeRows()).toEqual(['a', 'b']);
  });

  await waiting;
});

test.each(changes)(
  '%s takes stock in the order of the skus, so that no two orders wait for each other',
  async (name, change) => {
    const orderId = name === 'reserving' ? randomUUID() : await reservedOrder();
    let waiting: Promise<unknown> | undefined;

    await holding(`select from stock where sku = 'a' for update`, [], async () => {
      waiting = dataSource.transaction((manager) => change(manager, orderId));
      await someoneWaitsForALock();

      expect(await freeRows()).toEqual(['b']);
    });

    await waiting;
  },
);

test.each([
  { onHand: 1, reserved: 2 },
  { onHand: 1, reserved: -1 },
  { onHand: -1, reserved: 0 },
])('the stock is never %j', async (values) => {
  await expect(dataSource.manager.insert(Stock, { sku: 'c', ...values })).rejects.toMatchObject({ code: '23514' });
});

test.each([
  ['a state that is none', `'lost', now(), null, null`],
  ['a decision without its time', `'reserved', null, null, null`],
  ['a release without its time', `'released', now(), null, null`],
  ['a time of release without one', `'reserved', now(), now(), null`],
  ['a dispatch without its time', `'dispatched', now(), null, null`],
  ['a time of dispatch without one', `'rejected', now(), null, now()`],
])('no reservation has %s', async (_case, values) => {
  const insert = `insert into reservation (order_id, state, decided_at, released_at, dispatched_at) values ($1, ${values})`;

  await expect(dataSource.query(insert, [randomUUID()])).rejects.toMatchObject({ code: '23514' });
});
