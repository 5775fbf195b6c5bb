import { type Client, escapeIdentifier } from 'pg';
import { say } from '../progress';

/** Creates the database unless it is there. */
export async function createDatabase(server: Client, database: string): Promise<void> {
  const { rowCount } = await server.query('select from pg_database where datname = $1', [database]);
  if (rowCount) return;
  await server.query(`create database ${escapeIdentifier(database)}`);
  say(`  created the database ${database}`);
}

/**
 * Closes the database to everybody but the roles given. Needs its owner; where we are not, what a DBA has set stays.
 */
export async function restrictDatabase(client: Client, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string; ours: boolean }>(
    `select datname as name, pg_has_role(datdba, 'usage') as ours from pg_database where datname = current_database()`,
  );
  const [database] = rows;
  if (!database?.ours) return;
  const name = escapeIdentifier(database.name);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`revoke create on schema public from public`);
  await client.query(`grant connect on database ${name} to ${roles.map(escapeIdentifier).join(', ')}`);
}
