import { Logger } from '@nestjs/common';
import { type FaultProxy, startFaultProxy, testPostgresUrl } from '@waybill/testing';
import type { Pool } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { databaseOptions } from './database';
import { isDatabaseAway } from './database-away';

const answerTimeout = 300;
const silence = { code: 'ETIMEDOUT', message: expect.stringContaining('No answer from the database') };

let proxy: FaultProxy;
let dataSource: DataSource;
let warned: jest.SpyInstance;

beforeEach(async () => {
  warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const { hostname, port } = new URL(testPostgresUrl());
  proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  const options = databaseOptions(
    { schema: 'order_service', entities: [], migrations: [] },
    { service: 'spec', url: proxy.through(testPostgresUrl()), poolSize: 1, onIdleError: () => {} },
  );
  const extra = { ...(options as { extra: object }).extra, answerTimeout };
  dataSource = await new DataSource({ ...options, extra } as DataSourceOptions).initialize();
});

afterEach(async () => {
  await dataSource.destroy();
  await proxy.end();
  jest.restoreAllMocks();
});

const pool = (): Pool => (dataSource.driver as PostgresDriver).master;
const pid = async (): Promise<number> => (await dataSource.query('select pg_backend_pid() as pid'))[0].pid;

test('a statement that is not answered fails as a database that is away, and nobody gets its connection', async () => {
  const before = await pid();
  proxy.dropTowardsClient();

  const error: unknown = await dataSource.query('select 1').catch((thrown) => thrown);

  expect(error).toMatchObject(silence);
  expect(isDatabaseAway(error)).toBe(true);
  expect(warned.mock.calls).toEqual([[silence.message]]);
  expect(pool().totalCount).toBe(0);
  await proxy.heal();
  expect(await pid()).not.toBe(before);
});

test('a transaction ends with its first statement that is not answered, its commit among them', async () => {
  for (const silent of ['statement', 'commit']) {
    const outcome = dataSource.transaction(async (manager) => {
      await manager.query('select 1');
      proxy.blackHole();
      if (silent === 'statement') await manager.query('select 2');
    });

    await expect(outcome).rejects.toMatchObject(silence);
    expect(pool().totalCount).toBe(0);
    await proxy.heal();
  }
});

test('a connection that nobody waits for is kept, however long', async () => {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  const [{ pid: before }] = await runner.query('select pg_backend_pid() as pid');
  const socket = (await runner.connect()).connection.stream;
  for (let times = 1; times <= 2; times++) {
    await new Promise((resolve) => socket.once('timeout', resolve));
    expect(await runner.query('select pg_backend_pid() as pid')).toEqual([{ pid: before }]);
  }

  proxy.blackHole();
  await expect(runner.query('select 1')).rejects.toMatchObject(silence);
  await runner.release();
});

test('an answer that takes its time is waited for, as long as it comes', async () => {
  const from = performance.now();

  const rows = await dataSource.query(`select repeat('x', 10000), pg_sleep(0.1) from generate_series(1, 8)`);

  expect(rows).toHaveLength(8);
  expect(performance.now() - from).toBeGreaterThan(2 * answerTimeout);
});
