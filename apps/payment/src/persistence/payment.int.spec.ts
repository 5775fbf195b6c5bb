import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { requestPayment } from './request-payment';

let postgres: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect();
});

afterAll(() => postgres.drop());

test('an intent is committed once, and keeps its amount', async () => {
  const orderId = randomUUID();

  const first = await requestPayment(dataSource.manager, { orderId, amount: 2 ** 40, currency: 'EUR' });
  const second = await requestPayment(dataSource.manager, { orderId, amount: 1, currency: 'USD' });

  expect(first).toMatchObject({ isNew: true, payment: { state: 'requested', amount: 2 ** 40, currency: 'EUR' } });
  expect(second).toEqual({ isNew: false, payment: first.payment });
});

const times = { requested: 'now()', decided: 'null', captured: 'null', voided: 'null' };

test.each<[string, { state: string; amount?: string; currency?: string; reason?: string } & Partial<typeof times>]>([
  ['a state that is none', { state: 'paid' }],
  ['an amount below zero', { state: 'requested', amount: '-1' }],
  ['a currency of four letters', { state: 'requested', currency: `'EURO'` }],
  ['a request without an amount', { state: 'requested', amount: 'null' }],
  ['a request without a currency', { state: 'requested', currency: 'null' }],
  ['an amount that nobody requested', { state: 'voided', requested: 'null', voided: 'now()' }],
  ['a tombstone that is not voided', { state: 'requested', requested: 'null', amount: 'null', currency: 'null' }],
  ['a decision without its time', { state: 'authorized' }],
  ['a time of decision without one', { state: 'requested', decided: 'now()' }],
  ['a decline without a reason', { state: 'declined', decided: 'now()' }],
  ['a reason for an approval', { state: 'authorized', decided: 'now()', reason: `'why'` }],
  ['a capture without its time', { state: 'captured', decided: 'now()' }],
  ['a time of capture without one', { state: 'authorized', decided: 'now()', captured: 'now()' }],
  ['a failed capture without a reason', { state: 'capture-failed', decided: 'now()' }],
  ['a void without its time', { state: 'voided' }],
  ['a time of voiding without one', { state: 'authorized', decided: 'now()', voided: 'now()' }],
])('no payment has %s', async (_case, { state, amount = '100', currency = `'EUR'`, reason = 'null', ...given }) => {
  const { requested, decided, captured, voided } = { ...times, ...given };
  const values = [amount, currency, reason, requested, decided, captured, voided].join(', ');
  const insert = `insert into payment
    (order_id, state, amount, currency, reason, requested_at, decided_at, captured_at, voided_at) values ($1, $2, ${values})`;

  await expect(dataSource.query(insert, [randomUUID(), state])).rejects.toMatchObject({ code: '23514' });
});
