import { randomUUID } from 'node:crypto';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { operationKey, PaymentGateway } from '../domain/payment-gateway';
import { paymentEnvironment } from '../environment';
import { PaymentModule } from '../payment.module';
import { requestPayment } from '../persistence/request-payment';
import { voidPayment } from '../persistence/void-payment';

let postgres: TestDatabase;
let dataSource: DataSource;
let payment: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect();
  payment = await startApp(PaymentModule, {
    service: 'payment',
    environment: paymentEnvironment,
    databaseUrl: postgres.url(),
  });
});

afterAll(async () => {
  await payment.app.close();
  await postgres.drop();
});

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);

describe('GET /payments/:orderId', () => {
  test('says what is to be collected', async () => {
    const orderId = randomUUID();
    await requestPayment(dataSource.manager, { orderId, amount: 3800, currency: 'EUR' });

    expect(await payment.send('GET', `/payments/${orderId}`)).toMatchObject({
      status: 200,
      body: {
        orderId,
        state: 'requested',
        amount: 3800,
        currency: 'EUR',
        reason: null,
        requestedAt: time,
        decidedAt: null,
        capturedAt: null,
        voidedAt: null,
      },
    });
  });

  test('says of an order that was cancelled before it came that nothing is', async () => {
    const orderId = randomUUID();
    await dataSource.transaction((manager) => voidPayment(manager, orderId));

    expect(await payment.send('GET', `/payments/${orderId}`)).toMatchObject({
      status: 200,
      body: { orderId, state: 'voided', amount: null, currency: null, requestedAt: null, voidedAt: time },
    });
  });

  test('is a 404 for an order without a payment', async () => {
    expect(await payment.send('GET', `/payments/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { code: 'payment-not-found' },
    });
  });
});

describe('GET /sandbox-gateway/:orderId', () => {
  test('has what the gateway has done, oldest first', async () => {
    const orderId = randomUUID();
    const gateway = payment.app.get(PaymentGateway);
    const signal = AbortSignal.timeout(5_000);
    const [key, voidKey] = [operationKey(orderId, 'authorize'), operationKey(orderId, 'void')];
    await gateway.authorize({ key, orderId, amount: 3800, currency: 'EUR', token: 'tok_approved' }, signal);
    await gateway.void({ key: voidKey, authorization: key }, signal);

    const { status, body } = await payment.send('GET', `/sandbox-gateway/${orderId}`);

    const entry = { amount: 3800, currency: 'EUR', outcome: 'approved', reason: null, at: time };
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        entries: [
          { key, operation: 'authorize', ...entry },
          { key: voidKey, operation: 'void', ...entry },
        ],
      },
    });
  });

  test('has nothing of an order that it was never asked about', async () => {
    expect(await payment.send('GET', `/sandbox-gateway/${randomUUID()}`)).toMatchObject({
      status: 200,
      body: { entries: [] },
    });
  });
});

test.each(['payments', 'sandbox-gateway'])('GET /%s/7 is a 400: 7 is no id', async (path) => {
  expect(await payment.send('GET', `/${path}/7`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'orderId' }] },
  });
});
