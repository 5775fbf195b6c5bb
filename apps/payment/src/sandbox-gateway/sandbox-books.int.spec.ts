import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { Logger } from '@nestjs/common';
import {
  createDatabase,
  eventually,
  startApp,
  type TestApp,
  type TestDatabase,
  testPostgresUrl,
} from '@waybill/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { operationKey, PaymentGateway } from '../domain/payment-gateway';
import { paymentEnvironment } from '../environment';
import { PaymentModule } from '../payment.module';
import { openBooks } from './sandbox-books';
import { SandboxEntry } from './sandbox-entry.entity';

let own: TestDatabase;
let apart: TestDatabase;
let admin: Client;

beforeAll(async () => {
  [own, apart] = await Promise.all([createDatabase(database), createDatabase(database)]);
  admin = new Client({ connectionString: testPostgresUrl() });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await Promise.all([own.drop(), apart.drop()]);
});

/** Of the service, not of this spec. */
const connections = async () =>
  (
    await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = $1 and application_name = 'sandbox_gateway'`,
      [apart.name],
    )
  ).rows.map(({ pid }) => pid);

describe('a sandbox gateway whose log lies outside of payment’s database', () => {
  const orderId = randomUUID();
  let payment: TestApp;

  beforeAll(async () => {
    payment = await startApp(PaymentModule, {
      service: 'payment',
      environment: paymentEnvironment,
      databaseUrl: own.url(),
      variables: { SANDBOX_GATEWAY_DATABASE_URL: apart.url() },
    });
  });

  async function authorize() {
    const request = { key: operationKey(orderId, 'authorize'), orderId, amount: 3800, currency: 'EUR' };
    await payment.app.get(PaymentGateway).authorize({ ...request, token: 'tok_approved' }, AbortSignal.timeout(5_000));
  }

  const logged = async (where: TestDatabase) => {
    const dataSource: DataSource = await where.connect('runtime', 1);
    return (await dataSource.manager.find(SandboxEntry)).map(({ key }) => key);
  };

  it('writes there, and nowhere else', async () => {
    await authorize();

    expect(await logged(apart)).toEqual([`${orderId}:authorize`]);
    expect(await logged(own)).toEqual([]);
  });

  it('is read there', async () => {
    expect(await payment.send('GET', `/sandbox-gateway/${orderId}`)).toMatchObject({
      status: 200,
      body: { entries: [{ key: `${orderId}:authorize` }] },
    });
  });

  it('loses an idle connection, and opens another', async () => {
    const pids = await connections();
    expect(pids).not.toEqual([]);

    await admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);

    await eventually('the pool has heard of it', () =>
      expect(payment.log.join()).toContain("A connection to the sandbox gateway's database was lost"),
    );
    expect((await payment.send('GET', `/sandbox-gateway/${orderId}`)).status).toBe(200);
  });

  it('closes its connections when the service ends', async () => {
    expect(await connections()).not.toEqual([]);

    await payment.app.close();

    await eventually('Postgres has seen them go', async () => expect(await connections()).toEqual([]));
  });
});

test('a start waits for a database of the gateway that is not there yet, and says so', async () => {
  const said = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  const gate = await closedGate();
  const starting = openBooks(Object.assign(new URL(apart.url()), { port: String(gate.port) }).href);
  await eventually('it was tried', () =>
    expect(said).toHaveBeenCalledWith(expect.stringMatching(/ECONNREFUSED.*\(1\)/)),
  );

  await gate.open();
  const books = await starting;

  expect(await books.query('select 1 as one')).toEqual([{ one: 1 }]);
  await books.destroy();
  gate.close();
  said.mockRestore();
});

test('a start ends at once with a wrong password', async () => {
  const url = Object.assign(new URL(apart.url()), { password: 'wrong' }).href;

  await expect(openBooks(url)).rejects.toMatchObject({ code: '28P01' });
});

/** A port at which nothing listens, until Postgres does there. */
async function closedGate(): Promise<{ port: number; open(): Promise<void>; close(): void }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const target = new URL(testPostgresUrl());
  const gate: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  return {
    port,
    open: async () => {
      gate.listen(port, '127.0.0.1');
      await once(gate, 'listening');
    },
    close: () => gate.close(),
  };
}
