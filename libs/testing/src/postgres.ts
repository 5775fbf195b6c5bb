import { createHash, randomUUID } from 'node:crypto';
import { databaseOptions, type ServiceDatabase } from '@waybill/service';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** `owner` may change definitions; `runtime` is what a service runs as: it may read and write rows, and nothing else. */
export type DatabaseRole = 'owner' | 'runtime';

const roles: Record<DatabaseRole, string> = { owner: 'waybill_test_owner', runtime: 'waybill_test_runtime' };

/** Any number, so long as nobody else locks it: whoever holds it builds a template. */
const templateLock = 7_329_202;

/** A database of a spec's own, with a service's migrated tables and nobody else in it. End it with `drop()`. */
export async function createDatabase(definition: ServiceDatabase): Promise<TestDatabase> {
  const name = `test_${randomUUID()}`;
  await withAdmin(async (admin) => {
    const template = await ensureTemplate(admin, definition);
    await admin.query(`create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)}`);
  });
  return new TestDatabase(definition, name);
}

export class TestDatabase {
  private readonly opened: DataSource[] = [];

  constructor(
    private readonly definition: ServiceDatabase,
    readonly name: string,
  ) {}

  url(role: DatabaseRole = 'runtime'): string {
    return databaseUrl(this.name, role);
  }

  /** Connected with the options that a service has. It is closed by `drop()`. */
  async connect(role: DatabaseRole = 'runtime', poolSize = 10): Promise<DataSource> {
    const dataSource = openDataSource(this.definition, this.url(role), poolSize);
    this.opened.push(dataSource);
    return dataSource.initialize();
  }

  async drop(): Promise<void> {
    await Promise.all(this.opened.map((dataSource) => dataSource.isInitialized && dataSource.destroy()));
    await withAdmin((admin) => admin.query(`drop database ${escapeIdentifier(this.name)} with (force)`));
  }
}

/** The template is built by whoever comes first; its name tells its migrations, so that a changed one makes another. */
async function ensureTemplate(admin: Client, { schema, entities, migrations }: ServiceDatabase): Promise<string> {
  const source = migrations.map((migration) => migration.toString()).join('\n');
  const template = `template_${schema}_${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
  await admin.query('select pg_advisory_lock($1)', [templateLock]);
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template]);
    if (rowCount) return template;
    for (const role of Object.values(roles)) await ensureRole(admin, role);
    const unfinished = `${template}_unfinished`;
    await admin.query(`drop database if exists ${escapeIdentifier(unfinished)} with (force)`);
    await admin.query(`create database ${escapeIdentifier(unfinished)}`);
    await withAdmin((client) => createSchema(client, schema), unfinished);
    await migrate({ schema, entities, migrations }, unfinished);
    await admin.query(`alter database ${escapeIdentifier(unfinished)} rename to ${escapeIdentifier(template)}`);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [templateLock]);
  }
}

async function ensureRole(admin: Client, role: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [role]);
  if (!rowCount) await admin.query(`create role ${escapeIdentifier(role)} login password ${escapeLiteral(role)}`);
}

/** As the provision job does: the owner's tables are the runtime role's to read and write. */
async function createSchema(client: Client, schema: string): Promise<void> {
  const name = escapeIdentifier(schema);
  const { owner, runtime } = roles;
  await client.query(`create schema ${name} authorization ${owner}`);
  await client.query(`grant usage on schema ${name} to ${runtime}`);
  const defaults = `alter default privileges for role ${owner} in schema ${name} grant`;
  await client.query(`${defaults} select, insert, update, delete on tables to ${runtime}`);
  await client.query(`${defaults} usage on sequences to ${runtime}`);
}

async function migrate(definition: ServiceDatabase, database: string): Promise<void> {
  const dataSource = openDataSource(definition, databaseUrl(database, 'owner'), 1);
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}

function openDataSource(definition: ServiceDatabase, url: string, poolSize: number): DataSource {
  const onIdleError = () => {
    // Specs cut connections; what needs one after that fails by itself.
  };
  const options = databaseOptions(definition, { service: 'spec', url, poolSize, onIdleError });
  return new DataSource({ ...options, migrations: [...definition.migrations] } as DataSourceOptions);
}

function databaseUrl(database: string, role: DatabaseRole): string {
  const url = new URL(testPostgresUrl());
  url.pathname = `/${database}`;
  return Object.assign(url, { username: roles[role], password: roles[role] }).href;
}

async function withAdmin<Result>(work: (client: Client) => Promise<Result>, database?: string): Promise<Result> {
  const url = new URL(testPostgresUrl());
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The server that jest's globalSetup has started, as its superuser. */
export function testPostgresUrl(): string {
  const url = process.env.WAYBILL_TEST_POSTGRES_URL;
  if (!url) throw new Error('No test database: jest runs tools/test-servers.mjs before *.int.spec.ts');
  return url;
}
