import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';

let postgres: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect();
});
afterAll(() => postgres.drop());

/** What is set of an order, besides what every order has. */
type Columns = Record<string, unknown>;

const at = '2030-01-01T00:00:00Z';
const placed = { status: 'placed' };
const good = { payment: 'authorized', stock: 'reserved' };
const confirmed = { status: 'confirmed', confirmed_at: at, ...good };
const fulfilled = { capture: 'captured', dispatched_at: at };
const completed = { ...confirmed, ...fulfilled, status: 'completed', completed_at: at };
const cancelled = { status: 'cancelled', cancelled_at: at, cancel_reason: 'customer' };

async function insert(columns: Columns): Promise<void> {
  const row = { id: uuidv7(), customer_id: 'ada', priority: 'normal', total: 1, currency: 'EUR', ...columns };
  const values = Object.keys(row).map((_, index) => `$${index + 1}`);
  await dataSource.query(`insert into "order" (${Object.keys(row)}) values (${values})`, Object.values(row));
}

test.each<[string, Columns]>([
  ['placed', placed],
  ['placed, and paid', { ...placed, payment: 'authorized' }],
  ['placed, and in stock', { ...placed, stock: 'reserved' }],
  ['confirmed', confirmed],
  ['confirmed, and captured', { ...confirmed, capture: 'captured' }],
  ['confirmed, and dispatched', { ...confirmed, dispatched_at: at }],
  ['confirmed, dispatched, and not captured', { ...confirmed, ...fulfilled, capture: 'failed', capture_failure: 'no' }],
  ['completed', completed],
  ['cancelled', cancelled],
  ['cancelled, and answered late', { ...cancelled, ...good }],
  ['cancelled, for payment', { ...cancelled, cancel_reason: 'payment-declined', payment: 'declined' }],
  ['cancelled, for stock', { ...cancelled, cancel_reason: 'out-of-stock', stock: 'rejected', payment: 'declined' }],
])('an order may be %s', async (_case, columns) => {
  await expect(insert(columns)).resolves.toBeUndefined();
});

test.each<[string, Columns, string]>([
  ['of an unknown status', { status: 'paid' }, 'order_status_check'],
  ['placed with a time of its confirmation', { ...placed, confirmed_at: at }, 'order_confirmed_check'],
  ['confirmed without a time', { ...confirmed, confirmed_at: null }, 'order_confirmed_check'],
  ['completed without the time of its confirmation', { ...completed, confirmed_at: null }, 'order_confirmed_check'],
  ['completed without a time', { ...completed, completed_at: null }, 'order_completed_check'],
  ['confirmed with a time of its completion', { ...confirmed, completed_at: at }, 'order_completed_check'],
  ['cancelled without a time', { ...cancelled, cancelled_at: null }, 'order_cancelled_check'],
  ['cancelled without a reason', { ...cancelled, cancel_reason: null }, 'order_cancelled_check'],
  ['cancelled for an unknown reason', { ...cancelled, cancel_reason: 'mood' }, 'order_cancel_reason_check'],
  ['confirmed with a cancel reason', { ...confirmed, cancel_reason: 'customer' }, 'order_cancelled_check'],
  ['confirmed without payment', { ...confirmed, payment: null }, 'order_decided_check'],
  ['confirmed, and declined', { ...confirmed, payment: 'declined' }, 'order_decided_check'],
  ['confirmed without stock', { ...confirmed, stock: null }, 'order_decided_check'],
  ['placed with both answers good', { ...placed, ...good }, 'order_decided_check'],
  ['placed, and declined', { ...placed, payment: 'declined' }, 'order_decided_check'],
  ['placed, and rejected', { ...placed, stock: 'rejected' }, 'order_decided_check'],
  [
    'cancelled for a payment that nobody declined',
    { ...cancelled, cancel_reason: 'payment-declined' },
    'order_decided',
  ],
  ['cancelled for stock that nobody rejected', { ...cancelled, cancel_reason: 'out-of-stock' }, 'order_decided_check'],
  ['placed, and captured', { ...placed, capture: 'captured' }, 'order_fulfilled_check'],
  ['cancelled, and dispatched', { ...cancelled, dispatched_at: at }, 'order_fulfilled_check'],
  ['confirmed with all that completes it', { ...confirmed, ...fulfilled }, 'order_fulfilled_check'],
  ['completed without its capture', { ...completed, capture: null }, 'order_fulfilled_check'],
  ['completed without its dispatch', { ...completed, dispatched_at: null }, 'order_fulfilled_check'],
  ['not captured for no reason', { ...confirmed, capture: 'failed' }, 'order_capture_failure_check'],
  [
    'captured with a failure',
    { ...confirmed, capture: 'captured', capture_failure: 'no' },
    'order_capture_failure_check',
  ],
])('no order is %s', async (_case, columns, constraint) => {
  await expect(insert(columns)).rejects.toThrow(constraint);
});
