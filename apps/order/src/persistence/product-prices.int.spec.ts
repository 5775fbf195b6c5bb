import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { productPrices } from './product-prices';

let postgres: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect('owner');
});

afterAll(() => postgres.drop());

test('prices are numbers, of those skus that the list has', async () => {
  const prices = await productPrices(dataSource.manager, ['mug', 'globe', 'unicorn', "'; drop table product; --"]);

  expect(prices).toEqual(
    new Map([
      ['mug', 1250],
      ['globe', 249_000],
    ]),
  );
});
