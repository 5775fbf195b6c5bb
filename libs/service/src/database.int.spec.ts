import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { eventually, testPostgresUrl } from '@waybill/testing';
import type { Pool } from 'pg';
import { DataSource, QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { databaseOptions, type ServiceDatabase } from './database';
import { isDatabaseAway } from './database-away';

const database: ServiceDatabase = { schema: 'order_service', entities: [], migrations: [] };

const open: { close(): unknown }[] = [];
const idleErrors: string[] = [];

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
  idleErrors.length = 0;
});

async function connectTo(url: string): Promise<{ context: INestApplicationContext; dataSource: DataSource }> {
  const options = databaseOptions(database, {
    service: 'spec',
    url,
    poolSize: 3,
    onIdleError: (error) => idleErrors.push(error.message),
  });
  const context = await NestFactory.createApplicationContext(TypeOrmModule.forRoot(options), {
    logger: false,
    abortOnError: false,
  });
  open.push(context);
  return { context, dataSource: context.get(DataSource) };
}

test('each connection sees the schema of its service, and is bounded in time', async () => {
  const { dataSource } = await connectTo(testPostgresUrl());

  const [settings] = await dataSource.query(
    `select current_setting('search_path') as path, current_setting('statement_timeout') as statement,
       current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name,
       current_setting('jit') as jit`,
  );

  expect(settings).toEqual({ path: 'order_service', statement: '15s', idle: '1min', name: 'spec', jit: 'off' });
});

test('connections that are cut cost what runs on them, and no more', async () => {
  const { dataSource } = await connectTo(testPostgresUrl());
  const victims = await Promise.all(
    [1, 2, 3].map(() => dataSource.query('select pg_sleep(0.1), pg_backend_pid() as pid')),
  );
  const running = dataSource.transaction((manager) => manager.query('select pg_sleep(60)'));
  const outcome = expect(running).rejects.toMatchObject({ code: '57P01' });

  const other = await connectTo(testPostgresUrl());
  const pids = victims.map(([row]) => row.pid);
  await until(other.dataSource, `select from pg_stat_activity where query like '%sleep(60)%' and pid = any ($1)`, [
    pids,
  ]);
  await other.dataSource.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);

  await outcome;
  await eventually('the pool has heard of the two that were idle', async () => expect(idleErrors).toHaveLength(2));
  expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a connection that is cut while neither pool nor query runner listens to it does not end the process', async () => {
  const { dataSource } = await connectTo(testPostgresUrl());
  const pool: Pool = (dataSource.driver as PostgresDriver).master;
  const client = await pool.connect();
  const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows;
  const ended = new Promise((resolve) => client.once('end', resolve));

  await dataSource.query('select pg_terminate_backend($1)', [pid]);

  await ended;
  client.release(true);
  expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a start waits for a Postgres that is not there yet, and says so', async () => {
  const gate = await reserveAddress();
  const said: string[] = [];
  const told = new Promise<void>((resolve) => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation((message) => {
      said.push(message);
      resolve();
    });
  });
  const starting = connectTo(gate.url);

  await told;
  await gate.open();

  const { dataSource } = await starting;
  expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect(said[0]).toMatch(/Unable to connect to the database.*ECONNREFUSED.*Retrying \(1\)/);
  jest.restoreAllMocks();
});

test.each([
  ['a wrong password', (url: URL) => Object.assign(url, { password: 'wrong' }), '28P01'],
  ['no such database', (url: URL) => Object.assign(url, { pathname: '/nowhere' }), '3D000'],
])('a start ends at once with %s', async (_case, spoil, code) => {
  await expect(connectTo(spoil(new URL(testPostgresUrl())).href)).rejects.toMatchObject({ code });
});

test.each<[string, boolean, unknown]>([
  ['no route', true, Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ['no route to any address', true, new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })])],
  ['starting up', true, Object.assign(new Error('the database system is starting up'), { code: '57P03' })],
  ['a full disk', true, Object.assign(new Error('could not extend file'), { code: '53100' })],
  ['a server that takes no writes', true, Object.assign(new Error('read-only transaction'), { code: '25006' })],
  ['a connection that broke', true, new Error('Connection terminated unexpectedly')],
  ['no connection in time', true, new Error('timeout exceeded when trying to connect')],
  ['a duplicate key', false, Object.assign(new Error('duplicate key'), { code: '23505' })],
  ['a statement that took too long', false, Object.assign(new Error('canceling statement'), { code: '57014' })],
  ['a statement after the connection was lost', true, new QueryRunnerAlreadyReleasedError()],
  ['no error at all', false, 'ECONNREFUSED'],
])('%s means that the database is away: %s', (_case, away, error) => {
  expect(isDatabaseAway(error)).toBe(away);
});

async function until(dataSource: DataSource, query: string, parameters: unknown[]): Promise<void> {
  const rows: unknown[] = await dataSource.query(query, parameters);
  if (rows.length === 0) await until(dataSource, query, parameters);
}

/** An address at which nothing listens, until Postgres does there. */
async function reserveAddress(): Promise<{ url: string; open(): Promise<void> }> {
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
    url: Object.assign(new URL(target), { port: String(port) }).href,
    open: async () => {
      gate.listen(port, '127.0.0.1');
      await once(gate, 'listening');
      open.unshift({ close: () => gate.close() });
    },
  };
}
