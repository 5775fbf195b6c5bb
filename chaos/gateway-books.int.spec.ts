import { randomUUID } from 'node:crypto';
import { testPostgresUrl } from '@waybill/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { openBooks } from '../apps/payment/src/sandbox-gateway/sandbox-books';
import { SandboxGateway } from '../apps/payment/src/sandbox-gateway/sandbox-gateway';
import { type GatewayBooks, openGatewayBooks } from './gateway-books';

let books: GatewayBooks;
let connection: DataSource;
const orderId = randomUUID();

beforeAll(async () => {
  books = await openGatewayBooks(testPostgresUrl());
  connection = await openBooks(books.url);
});

afterAll(async () => {
  await connection.destroy();
  await books.end();
});

test('has what the sandbox gateway has decided, oldest first', async () => {
  const gateway = new SandboxGateway(connection);
  const [key, captureKey] = [`${orderId}:authorize`, `${orderId}:capture`];
  const amount = 2 ** 40;
  const request = { key, orderId, amount, currency: 'EUR', token: 'tok_capture_fails' };
  await gateway.authorize(request, AbortSignal.timeout(5_000));
  await gateway.capture({ key: captureKey, authorization: key });

  const [authorized, captured, ...others] = await books.entries();

  const entry = { orderId, amount, currency: 'EUR', at: expect.any(Date) };
  expect(authorized).toEqual({ ...entry, key, operation: 'authorize', outcome: 'approved' });
  expect(captured).toEqual({ ...entry, key: captureKey, operation: 'capture', outcome: 'declined' });
  expect(others).toEqual([]);
});

test.each([
  'update sandbox_gateway_entry set amount = 0',
  'delete from sandbox_gateway_entry',
  'drop table sandbox_gateway_entry',
])('the gateway adds to it, and cannot undo: %s', async (statement) => {
  await expect(connection.query(statement)).rejects.toMatchObject({ code: '42501' });
});

test('others are apart, and leave nothing when they end, though somebody is connected', async () => {
  const others = await openGatewayBooks(testPostgresUrl());
  const name = new URL(others.url).username;
  const somebody = new Client({ connectionString: others.url });
  const cut = new Promise((resolve) => somebody.on('error', resolve));
  await somebody.connect();
  expect(await others.entries()).toEqual([]);
  expect(await left(name)).toEqual({ databases: 1, roles: 1 });

  await others.end();

  expect(await cut).toMatchObject({ code: '57P01' });
  expect(await left(name)).toEqual({ databases: 0, roles: 0 });
});

test('says what is wrong with the server that it is given', async () => {
  const url = Object.assign(new URL(testPostgresUrl()), { password: 'wrong' }).href;

  await expect(openGatewayBooks(url)).rejects.toMatchObject({ code: '28P01' });
});

async function left(name: string): Promise<{ databases: number; roles: number }> {
  const admin = new Client({ connectionString: testPostgresUrl() });
  await admin.connect();
  const { rows } = await admin.query<{ databases: number; roles: number }>(
    `select (select count(*)::int from pg_database where datname = $1) as databases,
       (select count(*)::int from pg_roles where rolname = $1) as roles`,
    [name],
  );
  await admin.end();
  return rows[0] ?? { databases: -1, roles: -1 };
}
