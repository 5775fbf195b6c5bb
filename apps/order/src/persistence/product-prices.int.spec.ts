import { createDatabase, type TestDatabase } from '@waybill/testing';
import { database } from '../database';
import { productPrices } from './product-prices';

let postgres: TestDatabase;

beforeAll(async () => {
  postgres = await createDatabase(database);
});

afterAll(() => postgres.drop());

test('prices are numbers, of those skus that the list has', async () => {
  const prices = await productPrices(postgres.dataSource.manager, [
    'mug',
    'globe',
    'unicorn',
    "'; drop table product; --",
  ]);

  expect(prices).toEqual(
    new Map([
      ['mug', 1250],
      ['globe', 249_000],
    ]),
  );
});
