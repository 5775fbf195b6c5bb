import { services } from '@waybill/contracts';
import { messagingMigrations } from '@waybill/messaging';
import { parseEnvironment } from '@waybill/service';
import { type OwnPostgres, startOwnPostgres } from '@waybill/testing';
import { Client } from 'pg';
import { database as payment } from '../../../payment/src/database';
import { database as warehouse } from '../../../warehouse/src/database';
import { type ProvisionEnvironment, provisionEnvironment } from '../environment';
import { provisionPostgres, revertMigration, runMigrations } from './provision-postgres';

const schemas = services.map((name) => `${name}_service`);

let server: OwnPostgres;
let environment: ProvisionEnvironment;
let said: string[];

beforeAll(async () => {
  server = await startOwnPostgres();
  // As on a managed server: an administrator that is no superuser.
  await as(server.url, 'create role admin login createrole createdb password $$admin$$');
  environment = environmentAt(server.url, 'admin');
  said = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    said.push(String(line));
    return true;
  });
  await provisionPostgres(environment);
}, 60_000);

afterAll(async () => {
  jest.restoreAllMocks();
  await server.end();
});

test('an administrator that is no superuser sets up everything', () => {
  expect(said.join('')).toContain('created the database waybill');
  expect(said.join('')).toContain(`reader reads message_journey over ${schemas.join(', ')}`);
});

test('run again, it changes nothing, and the roles still log in', async () => {
  said.length = 0;

  await provisionPostgres(environment);

  expect(said.join('')).not.toContain('ran ');
  expect(said.filter((line) => line.includes('up to date'))).toHaveLength(services.length);
  expect(await as(environment.ORDER_DATABASE_URL, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('two runs at once wait for each other', async () => {
  await Promise.all([provisionPostgres(environment), provisionPostgres(environment), provisionPostgres(environment)]);

  expect(said.join('')).toContain('Waiting for another run');
});

test('a password that was changed in the environment is the one that counts', async () => {
  const changed = { ...environment, PAYMENT_DATABASE_URL: withLogin(environment.PAYMENT_DATABASE_URL, `new '"\\`) };

  await provisionPostgres(changed);

  expect(await as(changed.PAYMENT_DATABASE_URL, 'select 1 as one')).toEqual([{ one: 1 }]);
  await expect(as(environment.PAYMENT_DATABASE_URL, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  await provisionPostgres(environment);
});

test('a service may read and write rows of its own', async () => {
  await as(
    environment.PAYMENT_DATABASE_URL,
    `insert into message_receipt (message_id, consumer, state, attempt, received_at)
       values (gen_random_uuid(), 'order', 'retrying', 1, now());
     update message_receipt set attempt = 2; select * from outbox_message; delete from message_receipt`,
  );
});

test.each([
  ['create a table', 'create table mine ()'],
  ['create one in public', 'create table public.mine ()'],
  ['create a temporary one', 'create temp table mine ()'],
  ['change a table', 'alter table message_receipt add column mine int'],
  ['drop a table', 'drop table message_receipt'],
  ['empty a table', 'truncate message_receipt'],
  ['create a schema', 'create schema mine'],
  ["read another service's rows", 'select * from order_service.outbox_message'],
  ["write another service's rows", 'delete from warehouse_service.inbox_message'],
  ['read the journey of all', 'select * from public.message_journey'],
  ['forge which migrations have run', 'delete from migration'],
  ['act as its owner', 'set role payment_owner'],
  ['act as the administrator', 'set role admin'],
  ['create a role', 'create role mine'],
])('a service may not %s', async (_case, statement) => {
  await expect(as(searchPath(environment.PAYMENT_DATABASE_URL, 'payment_service'), statement)).rejects.toMatchObject({
    code: '42501',
  });
});

test('the reader sees the messages of all services, and nothing else', async () => {
  for (const service of services) {
    await as(
      server.url.replace(/\/[^/]*$/, '/waybill'),
      `insert into ${service}_service.outbox_message
         (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
       values (gen_random_uuid(), '${service}', 'x.y', 1, 'a', 2, '{}', 'flow-1', array['order'])`,
    );
  }

  const rows = await as(
    environment.READER_DATABASE_URL,
    `select producer from message_journey where correlation_id = 'flow-1'`,
  );

  expect(rows.map(({ producer }) => producer).sort()).toEqual([...services].sort());
  for (const statement of [
    'select * from order_service.message_journey',
    'select * from order_service.outbox_message',
    `delete from message_journey`,
    'create table public.mine ()',
  ]) {
    await expect(as(environment.READER_DATABASE_URL, statement)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|55000)$/),
    });
  }
});

test('a migration is undone and run again, and the reader keeps its view', async () => {
  said.length = 0;

  const own = warehouse.migrations.length - messagingMigrations.length;
  const tables = () =>
    as(
      environment.WAREHOUSE_DATABASE_URL,
      `select tablename from pg_tables where schemaname = 'warehouse_service' order by tablename`,
    );
  const before = await tables();

  for (let undone = 0; undone < own; undone++) await revertMigration(environment, 'warehouse');
  const undone = await tables();
  await runMigrations(environment, ['warehouse']);

  expect(said.join('')).toMatch(/reverted (\w+\d{13})[\s\S]*ran [^\n]*\1/);
  expect(undone.length).toBeLessThan(before.length);
  expect(await tables()).toEqual(before);
  expect(await as(environment.READER_DATABASE_URL, 'select count(*)::int from message_journey')).toHaveLength(1);
});

test("messaging's own view can be replaced under the reader's", async () => {
  const others = schemas.filter((schema) => schema !== 'payment_service');
  for (const _ of payment.migrations) await revertMigration(environment, 'payment');
  expect(said.join('')).toContain(`reader reads message_journey over ${others.join(', ')}`);

  await runMigrations(environment, ['payment']);

  expect(said.at(-1)).toContain(schemas.join(', '));
});

test('an administrator that may too little is told what it takes', async () => {
  await as(server.url, 'create role helpless login password $$helpless$$');
  const url = withLogin(environment.POSTGRES_ADMIN_URL, 'helpless', 'helpless');

  await expect(provisionPostgres({ ...environment, POSTGRES_ADMIN_URL: url })).rejects.toThrow(
    /^Postgres answered: permission denied.* helpless needs the right to create roles, and to own the database waybill: /,
  );
});

test('a superuser is not taken for a service', async () => {
  await as(server.url, 'create role root login superuser password $$root$$');
  const wrong = { ...environment, ORDER_DATABASE_URL: withLogin(environment.ORDER_DATABASE_URL, 'root', 'root') };

  await expect(provisionPostgres(wrong)).rejects.toThrow('The role root is a superuser');
});

function environmentAt(url: string, admin: string): ProvisionEnvironment {
  const { host } = new URL(url);
  const database = (user: string) => `postgres://${user}:${user}@${host}/waybill`;
  return parseEnvironment(provisionEnvironment, {
    POSTGRES_ADMIN_URL: database(admin),
    READER_DATABASE_URL: database('reader'),
    RABBITMQ_MANAGEMENT_URL: 'http://admin:admin@127.0.0.1:1',
    TOPOLOGY_RABBITMQ_URL: 'amqp://topology:topology@127.0.0.1:1/waybill',
    ...Object.fromEntries(
      services.flatMap((service) => [
        [`${service.toUpperCase()}_DATABASE_URL`, searchPath(database(`${service}_service`), `${service}_service`)],
        [`${service.toUpperCase()}_RABBITMQ_URL`, `amqp://${service}:${service}@127.0.0.1:1/waybill`],
      ]),
    ),
  });
}

/** So that statements here can be written as the service would. */
function searchPath(url: string, schema: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c search_path=${schema}`);
  return changed.href;
}

function withLogin(url: string, password: string, user?: string): string {
  const changed = new URL(url);
  changed.password = encodeURIComponent(password);
  if (user) changed.username = user;
  return changed.href;
}

async function as(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(statements);
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}
