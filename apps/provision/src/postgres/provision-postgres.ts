import { types } from 'node:util';
import { type ServiceName, services } from '@waybill/contracts';
import { type Client, escapeIdentifier } from 'pg';
import { databaseVariable, loginOf, type ProvisionEnvironment, pathOf } from '../environment';
import { say } from '../progress';
import { ownerOf, serviceDatabases } from '../services';
import { withConnection, withServerConnection } from './admin-connection';
import { createDatabase, restrictDatabase } from './database';
import { createJourneyView, dropJourneyView, journeyOwner } from './journey-view';
import { migrationTable, withMigrator } from './migrate';
import { lockProvisioning } from './provision-lock';
import { ensureLoginRole, ensureOwnerRole } from './roles';
import { asOwner, ensureSchema } from './schema';

/** Database, roles, schemas, migrations, and the view for the reader. What is there already stays. */
export async function provisionPostgres(environment: ProvisionEnvironment): Promise<void> {
  await withDatabase(environment, async (client) => {
    const reader = loginOf(environment.READER_DATABASE_URL);
    await ensureOwnerRole(client, journeyOwner);
    await ensureLoginRole(client, reader);
    for (const service of services) {
      const login = loginOf(environment[databaseVariable(service)]);
      const owner = ownerOf(service);
      await ensureOwnerRole(client, owner);
      await ensureLoginRole(client, login);
      await ensureSchema(client, { schema: serviceDatabases[service].schema, owner, runtime: login.user });
    }
    const logins = services.map((service) => loginOf(environment[databaseVariable(service)]).user);
    await restrictDatabase(client, [...logins, reader.user]);
    for (const service of services) await migrateService(client, environment, service);
    await restoreJourneyView(client, environment);
  });
}

/** Runs the migrations that have not run yet, of one service or of all. Roles and schemas must be there. */
export async function runMigrations(environment: ProvisionEnvironment, chosen: readonly ServiceName[]): Promise<void> {
  await withDatabase(environment, async (client) => {
    for (const service of chosen) await migrateService(client, environment, service);
    await restoreJourneyView(client, environment);
  });
}

/** Undoes the latest migration of one service. */
export async function revertMigration(environment: ProvisionEnvironment, service: ServiceName): Promise<void> {
  await withDatabase(environment, async (client) => {
    await dropJourneyView(client);
    const { POSTGRES_ADMIN_URL } = environment;
    const reverted = await withMigrator(POSTGRES_ADMIN_URL, ownerOf(service), serviceDatabases[service], (migrator) =>
      migrator.revert(),
    );
    say(`  ${service}: ${reverted === undefined ? 'no migration to revert' : `reverted ${reverted}`}`);
    await restoreJourneyView(client, environment);
  });
}

/** Alone on the server, in a database that is there. */
async function withDatabase(environment: ProvisionEnvironment, work: (client: Client) => Promise<void>): Promise<void> {
  const url = environment.POSTGRES_ADMIN_URL;
  const database = pathOf(url);
  say(`Postgres at ${new URL(url).host}, database ${database}`);
  try {
    await withServerConnection(url, async (server) => {
      await lockProvisioning(server);
      await createDatabase(server, database);
      await withConnection(url, work);
    });
  } catch (error) {
    throw explained(error, loginOf(url).user, database);
  }
}

/** Postgres says what it denies, not what it takes to be allowed. */
function explained(error: unknown, user: string, database: string): unknown {
  if (!types.isNativeError(error) || !('code' in error) || error.code !== '42501') return error;
  const needs = `${user} needs the right to create roles, and to own the database ${database}`;
  const how = `alter role ${user} createrole; alter database ${database} owner to ${user}`;
  return new Error(`Postgres answered: ${error.message}. ${needs}: as a superuser, ${how}`, { cause: error });
}

async function migrateService(client: Client, environment: ProvisionEnvironment, service: ServiceName): Promise<void> {
  const owner = ownerOf(service);
  const database = serviceDatabases[service];
  const done = await withMigrator(environment.POSTGRES_ADMIN_URL, owner, database, async (migrator) => {
    if (!(await migrator.pending())) return [];
    await dropJourneyView(client);
    return await migrator.run();
  });
  const { user } = loginOf(environment[databaseVariable(service)]);
  await asOwner(client, owner, () =>
    client.query(
      `revoke insert, update, delete on ${escapeIdentifier(database.schema)}.${migrationTable} from ${escapeIdentifier(user)}`,
    ),
  );
  say(`  ${service}: schema ${database.schema}, ${done.length === 0 ? 'up to date' : `ran ${done.join(', ')}`}`);
}

async function restoreJourneyView(client: Client, environment: ProvisionEnvironment): Promise<void> {
  const sources = services.map((service) => ({ schema: serviceDatabases[service].schema, owner: ownerOf(service) }));
  const { user } = loginOf(environment.READER_DATABASE_URL);
  const schemas = await createJourneyView(client, sources, user);
  if (schemas.length > 0) say(`  ${user} reads message_journey over ${schemas.join(', ')}`);
}
