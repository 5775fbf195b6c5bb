import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { warehouseEnvironment } from '../environment';
import { WarehouseModule } from '../warehouse.module';

let postgres: TestDatabase;
let dataSource: DataSource;
let warehouse: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect('owner');
  warehouse = await startApp(WarehouseModule, {
    service: 'warehouse',
    environment: warehouseEnvironment,
    databaseUrl: postgres.url(),
  });
});

afterAll(async () => {
  await warehouse.app.close();
  await postgres.drop();
});

test('GET /stock has each of the goods with what is available of it', async () => {
  await dataSource.query(`update stock set reserved = 2 where sku = 'globe'`);

  const { status, body } = await warehouse.send('GET', '/stock');

  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(['items']);
  expect(body.items).toHaveLength(20);
  expect(body.items).toContainEqual({ sku: 'globe', onHand: 3, reserved: 2, available: 1 });
});

test('GET /stock/:sku has one of the goods', async () => {
  const { status, body } = await warehouse.send('GET', '/stock/teapot');

  expect({ status, body }).toEqual({
    status: 200,
    body: { sku: 'teapot', onHand: 250, reserved: 0, available: 250 },
  });
});

test('GET /stock/:sku: what the warehouse does not keep is a 404', async () => {
  expect(await warehouse.send('GET', '/stock/unicorn')).toMatchObject({ status: 404, body: { code: 'sku-not-found' } });
});

test.each(['%00', 'x'.repeat(65)])('%s is no sku', async (sku) => {
  expect(await warehouse.send('GET', `/stock/${sku}`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'sku' }] },
  });
});

describe('PUT /stock/:sku', () => {
  async function put(sku: string, body: object) {
    const answer = await warehouse.app.inject({ method: 'PUT', url: `/stock/${sku}`, payload: body });
    return { status: answer.statusCode, body: answer.json() };
  }

  const stockOf = async (sku: string) => (await warehouse.send('GET', `/stock/${sku}`)).body;

  test('sets the pieces in the warehouse, and leaves alone what is set aside', async () => {
    await dataSource.query(`update stock set reserved = 4 where sku = 'kettle'`);

    const answer = await put('kettle', { onHand: 4 });

    expect(answer).toEqual({ status: 200, body: { sku: 'kettle', onHand: 4, reserved: 4, available: 0 } });
    expect(await stockOf('kettle')).toEqual(answer.body);
  });

  test('takes up a new sku', async () => {
    const answer = await put('tea%20cosy', { onHand: 7 });

    expect(answer).toEqual({ status: 200, body: { sku: 'tea cosy', onHand: 7, reserved: 0, available: 7 } });
    expect(await stockOf('tea%20cosy')).toEqual(answer.body);
  });

  test('is a 409 below what is set aside for orders, and changes nothing', async () => {
    await dataSource.query(`update stock set reserved = 4 where sku = 'grinder'`);

    const answer = await put('grinder', { onHand: 3 });

    expect(answer).toMatchObject({
      status: 409,
      body: {
        code: 'below-reserved',
        detail: '4 pieces of grinder are set aside for orders, so there cannot be only 3.',
        errors: [{ field: 'onHand', message: 'must be at least 4, the pieces set aside for orders' }],
      },
    });
    expect(await stockOf('grinder')).toEqual({ sku: 'grinder', onHand: 500, reserved: 4, available: 496 });
  });

  test.each([-1, 1.5, 1e9 + 1, 1e12, '5', null, undefined])('is a 400 for %p pieces', async (onHand) => {
    expect(await put('umbrella', { onHand })).toMatchObject({ status: 400, body: { errors: [{ field: 'onHand' }] } });
    expect(await stockOf('umbrella')).toMatchObject({ onHand: 1000 });
  });

  test('is a 400 for anything that cannot be set', async () => {
    const answer = await put('umbrella', { onHand: 1, reserved: 0 });

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'reserved' }] } });
  });
});

test('a service that can do nothing without the broker is unavailable while it is away', async () => {
  const { status, body } = await warehouse.send('GET', '/health/ready');

  expect({ status, readiness: body.status }).toEqual({ status: 503, readiness: 'unavailable' });
});
