import type { ServiceDatabase } from '@waybill/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDatabase, type TestDatabase } from './postgres';

class MakeThings implements MigrationInterface {
  readonly name = 'MakeThings1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table thing (id serial primary key, name text not null)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table thing');
  }
}

const definition: ServiceDatabase = { schema: 'thing_service', entities: [], migrations: [MakeThings] };

const databases: TestDatabase[] = [];
async function create(): Promise<TestDatabase> {
  const database = await createDatabase(definition);
  databases.push(database);
  return database;
}
afterEach(() => Promise.all(databases.splice(0).map((database) => database.drop())));

describe("a spec's database", () => {
  it('holds the migrated tables, and nothing of other specs, also of those that start at the same time', async () => {
    const several = await Promise.all([create(), create(), create()]);
    const [one, other] = await Promise.all(several.slice(0, 2).map((database) => database.connect()));

    await one?.query(`insert into thing (name) values ('mine')`);

    expect(await one?.query('select name from thing')).toEqual([{ name: 'mine' }]);
    expect(await other?.query('select name from thing')).toEqual([]);
  });

  it('lets the runtime role read and write rows, and the owner alone change definitions', async () => {
    const database = await create();
    const [runtime, owner] = [await database.connect(), await database.connect('owner')];

    await expect(runtime.query('alter table thing add column more text')).rejects.toThrow('must be owner');
    await expect(runtime.query('create table other ()')).rejects.toThrow('permission denied');
    await owner.query('alter table thing add column more text');
    await runtime.query(`insert into thing (name, more) values ('a', 'b')`);

    expect(await runtime.query('select name, more from thing')).toEqual([{ name: 'a', more: 'b' }]);
  });
});
