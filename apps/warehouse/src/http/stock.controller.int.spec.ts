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

test('a service that can do nothing without the broker is unavailable while it is away', async () => {
  const { status, body } = await warehouse.send('GET', '/health/ready');

  expect({ status, readiness: body.status }).toEqual({ status: 503, readiness: 'unavailable' });
});
