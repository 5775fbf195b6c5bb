import { testPostgresUrl } from '@waybill/testing';
import { type ClientBase, Connection } from 'pg';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { databaseOptions } from './database';

const firstStatements: { text: string; values?: unknown[] }[] = [
  { text: 'insert into thing values ($1)', values: [1] },
  { text: 'insert into thing values (1)' },
];

let dataSource: DataSource;
let runner: QueryRunner;
let client: ClientBase;

beforeAll(async () => {
  const options = databaseOptions(
    { schema: 'pg_temp', entities: [], migrations: [] },
    { service: 'spec', url: testPostgresUrl(), poolSize: 1, onIdleError: () => {} },
  );
  dataSource = await new DataSource(options as DataSourceOptions).initialize();
  await dataSource.query('create table pg_temp.thing (id int primary key)');
});

afterAll(() => dataSource.destroy());

beforeEach(async () => {
  await dataSource.query('delete from thing');
  runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  client = (await runner.connect()) as ClientBase;
});

afterEach(async () => {
  jest.restoreAllMocks();
  if (runner.isTransactionActive) await runner.rollbackTransaction();
  await runner.release();
});

const things = async (): Promise<number[]> =>
  (await runner.query('select id from thing order by id')).map(({ id }: { id: number }) => id);

/** What is written to the server while `act` runs. */
async function writes(act: () => Promise<unknown>): Promise<number> {
  const { stream } = (client as unknown as { connection: { stream: { _writev: unknown; _write: unknown } } })
    .connection;
  const spies = [jest.spyOn(stream, '_writev' as never), jest.spyOn(stream, '_write' as never)];
  await act();
  return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

test.each(firstStatements)(
  'a transaction begins with its first statement, in one message: $text',
  async ({ text, values }) => {
    expect(client.getTransactionStatus()).toBe('I');

    expect(await writes(() => runner.query(text, values))).toBe(1);

    expect(client.getTransactionStatus()).toBe('T');
    await runner.rollbackTransaction();
    expect(await things()).toEqual([]);
  },
);

test('the first statement answers as any other', async () => {
  expect(await runner.query('insert into thing values ($1), ($2) returning id', [1, 2])).toEqual([
    { id: 1 },
    { id: 2 },
  ]);
  await runner.commitTransaction();
  await runner.startTransaction();
  expect(await runner.query('update thing set id = id + $1 returning id', [10])).toEqual([[{ id: 11 }, { id: 12 }], 2]);
  await runner.commitTransaction();
  await runner.startTransaction();
  expect(await runner.query('select id from thing order by id')).toEqual([{ id: 11 }, { id: 12 }]);
});

test.each(firstStatements)(
  'where a transaction cannot begin, its first statement is not carried out: $text',
  async ({ text, values }) => {
    const spoil = (query: string) => query.replace('START TRANSACTION', 'START TRANSACTIONS');
    const { parse, query } = Connection.prototype;
    jest.spyOn(Connection.prototype, 'parse').mockImplementation(function (
      this: Connection,
      { text: sent, ...rest },
      more,
    ) {
      return parse.call(this, { ...rest, text: spoil(sent) }, more);
    });
    jest.spyOn(Connection.prototype, 'query').mockImplementation(function (this: Connection, sent) {
      return query.call(this, spoil(sent));
    });

    await expect(runner.query(text, values)).rejects.toThrow('syntax error at or near "TRANSACTIONS"');

    jest.restoreAllMocks();
    expect(client.getTransactionStatus()).toBe('I');
    expect(await things()).toEqual([]);
    await runner.rollbackTransaction();
    await runner.startTransaction();
    await runner.query(text, values);
    expect(await things()).toEqual([1]);
  },
);

test('a first statement that fails fails its transaction, and leaves the connection as good as ever', async () => {
  await expect(runner.query('insert into thing values ($1)', ['no number'])).rejects.toMatchObject({ code: '22P02' });
  await expect(runner.query('select 1')).rejects.toMatchObject({ code: '25P02' });
  await runner.rollbackTransaction();

  expect(await things()).toEqual([]);
});

test('a parameter that cannot be sent fails its statement alone', async () => {
  const value = {
    toPostgres: () => {
      throw new Error('cannot be sent');
    },
  };

  await expect(runner.query('insert into thing values ($1)', [value])).rejects.toThrow('cannot be sent');
  await runner.query('insert into thing values (2)');
  await runner.rollbackTransaction();

  expect(await things()).toEqual([]);
});

test('nothing, a savepoint, or several statements may come first', async () => {
  await runner.commitTransaction();
  await runner.startTransaction();
  await runner.rollbackTransaction();
  await runner.startTransaction();
  await runner.startTransaction();
  await runner.query('insert into thing values (1)');
  await runner.rollbackTransaction();
  await runner.commitTransaction();
  await runner.startTransaction();
  await runner.query('insert into thing values (2); insert into thing values (3)');
  await runner.commitTransaction();

  expect(await things()).toEqual([2, 3]);
});

test('statements that do not wait for each other are carried out in their order', async () => {
  const all = await Promise.all([
    runner.query('insert into thing values ($1)', [1]),
    runner.query('select count(*)::int from thing'),
    runner.query('insert into thing values ($1)', [2]),
    runner.query('select count(*)::int from thing'),
  ]);

  expect([all[1], all[3]]).toEqual([[{ count: 1 }], [{ count: 2 }]]);
});
