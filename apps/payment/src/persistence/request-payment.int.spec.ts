import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { Payment } from './payment.entity';
import { requestPayment } from './request-payment';

let postgres: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect('owner');
});

afterAll(() => postgres.drop());

const payments = (orderId: string) => dataSource.manager.findBy(Payment, { orderId });

test('records what is to be collected', async () => {
  const orderId = randomUUID();

  await requestPayment(dataSource.manager, { orderId, amount: 2 ** 40, currency: 'EUR' });

  expect(await payments(orderId)).toEqual([
    { orderId, state: 'requested', amount: 2 ** 40, currency: 'EUR', requestedAt: expect.any(Date) },
  ]);
});

test('an order that has its payment keeps it, and the transaction goes on', async () => {
  const orderId = randomUUID();
  await requestPayment(dataSource.manager, { orderId, amount: 100, currency: 'EUR' });

  await dataSource.transaction(async (manager) => {
    await requestPayment(manager, { orderId, amount: 999, currency: 'EUR' });
    await requestPayment(manager, { orderId: randomUUID(), amount: 1, currency: 'EUR' });
  });

  expect(await payments(orderId)).toEqual([expect.objectContaining({ amount: 100 })]);
});

test.each([
  { amount: -1, currency: 'EUR' },
  { amount: 1, currency: 'EURO' },
])('the table takes no %j', async (values) => {
  await expect(requestPayment(dataSource.manager, { orderId: randomUUID(), ...values })).rejects.toMatchObject({
    code: '23514',
  });
});
