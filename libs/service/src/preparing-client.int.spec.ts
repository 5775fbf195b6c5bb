import { testPostgresUrl } from '@waybill/testing';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseOptions } from './database';

let dataSource: DataSource;

beforeEach(async () => {
  const options = databaseOptions(
    { schema: 'pg_temp', entities: [], migrations: [] },
    { service: 'spec', url: testPostgresUrl(), poolSize: 1, onIdleError: () => {} },
  );
  dataSource = await new DataSource(options as DataSourceOptions).initialize();
  await dataSource.query('create table pg_temp.thing (id int primary key, name text)');
});

afterEach(() => dataSource.destroy());

const add = (id: number, name: string, sql = 'insert into thing (id, name) values ($1, $2)') =>
  dataSource.query(sql, [id, name]);

const prepared = async (): Promise<string[]> =>
  (await dataSource.query('select statement from pg_prepared_statements order by prepare_time')).map(
    (row: { statement: string }) => row.statement.trim(),
  );

test('an insert is prepared once, and carried out each time', async () => {
  for (const id of [1, 2, 3]) await add(id, `thing ${id}`);
  await add(4, 'thing 4', ' INSERT INTO thing SELECT * FROM unnest (array[$1::int], array[$2])');

  expect(await prepared()).toEqual([
    'insert into thing (id, name) values ($1, $2)',
    'INSERT INTO thing SELECT * FROM unnest (array[$1::int], array[$2])',
  ]);
  expect(await dataSource.query('select count(*)::int as things from thing')).toEqual([{ things: 4 }]);
});

test.each([
  ['select id from thing where id = $1', [1]],
  ['update thing set name = $2 where id = $1', [1, 'a']],
  ['delete from thing where id = $1', [1]],
  ['insert into thing select id + $1, name from thing', [1]],
  [`insert into thing values (1, 'a')`, undefined],
])('planned each time: %s', async (sql, values) => {
  await dataSource.query(sql, values);

  expect(await prepared()).toEqual([]);
});

test('an insert that was refused, for itself or because its transaction was lost, is carried out the next time', async () => {
  await expect(add(1, 'a', 'insert into nothing values ($1, $2)')).rejects.toThrow('"nothing" does not exist');
  await dataSource.query('create table pg_temp.nothing (id int, name text)');
  await dataSource
    .transaction(async (manager) => {
      await manager.query('select 1 / 0').catch(() => 'the transaction is lost now');
      await manager.query('insert into thing values ($1, $2)', [1, 'a']);
    })
    .catch((error) => expect(error.message).toContain('current transaction is aborted'));

  await add(1, 'a', 'insert into nothing values ($1, $2)');
  await add(1, 'a', 'insert into thing values ($1, $2)');
  await expect(add(1, 'a', 'insert into thing values ($1, $2)')).rejects.toThrow('duplicate key');
  await add(2, 'a', 'insert into thing values ($1, $2)');

  expect(await dataSource.query('select id from thing order by id')).toEqual([{ id: 1 }, { id: 2 }]);
});

describe('one that its transaction begins with', () => {
  const sql = 'insert into thing values ($1, $2)';
  const beginWith = (id: number | string) => dataSource.transaction((manager) => manager.query(sql, [id, 'a']));

  test('is prepared as any other', async () => {
    for (const id of [1, 2]) await beginWith(id);
    await add(3, 'a', sql);

    expect(await prepared()).toEqual([sql]);
    expect(await dataSource.query('select count(*)::int as things from thing')).toEqual([{ things: 3 }]);
  });

  test('and that was refused is carried out the next time', async () => {
    await dataSource.query('alter table thing rename to other');
    await expect(beginWith(1)).rejects.toThrow('does not exist');
    await dataSource.query('alter table other rename to thing');
    await expect(beginWith('no number')).rejects.toThrow('invalid input syntax');

    await beginWith(1);

    expect(await dataSource.query('select id from thing')).toEqual([{ id: 1 }]);
  });
});

test('a value that cannot be written out fails its statement and no later one', async () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const sql = 'insert into thing values ($1, $2)';

  await expect(dataSource.query(sql, [1, circular])).rejects.toThrow('circular');
  await add(1, 'a', sql);

  expect(await dataSource.query('select id from thing')).toEqual([{ id: 1 }]);
});
