import { Transactions } from '@waybill/messaging';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import type { Happening } from '../domain/order-flow';
import { orderEnvironment } from '../environment';
import { OrderModule } from '../order.module';
import { advanceOrder } from '../persistence/advance-order';

let postgres: TestDatabase;
let dataSource: DataSource;
let order: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect();
  order = await startApp(OrderModule, {
    service: 'order',
    environment: orderEnvironment,
    databaseUrl: postgres.url(),
    variables: { PAYMENT_URL: 'http://127.0.0.1:1', WAREHOUSE_URL: 'http://127.0.0.1:1' },
  });
});

afterAll(async () => {
  await order.app.close();
  await postgres.drop();
});

/** A mug, for 12.50 EUR. */
async function placeOrder(...happenings: Happening[]): Promise<string> {
  const lines = [{ sku: 'mug', quantity: 1 }];
  const request = { customerId: 'ada', priority: 'high', lines, payment: { token: 'tok_approved' } };
  const { body } = await order.send('POST', '/orders', request);
  for (const happening of happenings) {
    await order.app.get(Transactions).run((tx) => advanceOrder(tx, body.id, happening));
  }
  return body.id;
}

const confirmed: Happening[] = [
  { kind: 'payment-authorized', amount: 1250, currency: 'EUR' },
  { kind: 'stock-reserved' },
];

const find = async (id: string) => (await order.send('GET', `/orders/${id}`)).body;

async function told(id: string): Promise<unknown[]> {
  return await dataSource.query(
    `select type, payload, priority, correlation_id from outbox_message where aggregate_id = $1 and type <> 'order.placed'`,
    [id],
  );
}

test('cancels an order that is placed, for the customer, and tells payment and warehouse', async () => {
  const id = await placeOrder();
  const before = await find(id);

  const { status, body } = await order.send('POST', `/orders/${id}/cancel`);

  expect(status).toBe(200);
  const cancelledAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(body).toEqual({ ...before, status: 'cancelled', cancelReason: 'customer', cancelledAt });
  expect(await find(id)).toEqual(body);
  const payload = { orderId: id, reason: 'customer' };
  expect(await told(id)).toEqual([{ type: 'order.cancelled', payload, priority: 3, correlation_id: id }]);
});

test('again, it answers the same, and tells nobody', async () => {
  const id = await placeOrder();
  const first = await order.send('POST', `/orders/${id}/cancel`, {});

  const second = await order.send('POST', `/orders/${id}/cancel`, {});

  expect(second).toMatchObject({ status: 200, body: first.body });
  expect(await told(id)).toHaveLength(1);
});

test('an order that was cancelled for another reason keeps it', async () => {
  const id = await placeOrder({ kind: 'payment-declined' });

  const { status, body } = await order.send('POST', `/orders/${id}/cancel`);

  expect({ status, reason: body.cancelReason }).toEqual({ status: 200, reason: 'payment-declined' });
});

test.each<[string, Happening[]]>([
  ['confirmed', []],
  ['completed', [{ kind: 'payment-captured', amount: 1250, currency: 'EUR' }, { kind: 'shipment-dispatched' }]],
])('an order that is %s is no longer cancelled', async (status, more) => {
  const id = await placeOrder(...confirmed, ...more);
  const before = await find(id);

  const answer = await order.send('POST', `/orders/${id}/cancel`);

  expect(answer).toMatchObject({ status: 409, body: { status: 409, code: 'order-confirmed' } });
  expect(answer.body.detail).toContain(`The order ${id} can no longer be cancelled`);
  expect(before.status).toBe(status);
  expect(await find(id)).toEqual(before);
  expect(await told(id)).toHaveLength(1);
});

test('an order that is not there is a 404', async () => {
  expect(await order.send('POST', '/orders/01890000-0000-7000-8000-000000000000/cancel')).toMatchObject({
    status: 404,
    body: { code: 'order-not-found' },
  });
});

test('7 is no id', async () => {
  expect(await order.send('POST', '/orders/7/cancel')).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'id' }] },
  });
});

test('a capture that failed shows to a person', async () => {
  const id = await placeOrder(...confirmed, { kind: 'payment-capture-failed', reason: 'card closed' });

  expect(await find(id)).toMatchObject({
    status: 'confirmed',
    capture: 'failed',
    attention: ['the payment could not be captured: card closed'],
  });
});
