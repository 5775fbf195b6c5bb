import { randomUUID } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { LogTheSandboxGateway } from '../apps/payment/src/migrations/0002-log-the-sandbox-gateway';
import { withMigrator } from '../apps/provision/src/postgres/migrate';

/** One operation that the sandbox gateway has decided. */
export interface GatewayEntry {
  readonly orderId: string;
  readonly key: string;
  readonly operation: 'authorize' | 'capture' | 'void';
  readonly outcome: 'approved' | 'declined';
  /** Minor units of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly at: Date;
}

/** The sandbox gateway's log, out of reach of whatever befalls the system's own databases. */
export interface GatewayBooks {
  /** For SANDBOX_GATEWAY_DATABASE_URL. Its role may read and add entries, and change none. */
  readonly url: string;
  /** All of them, oldest first. */
  entries(): Promise<GatewayEntry[]>;
  /** Removes them, whoever is still connected. */
  end(): Promise<void>;
}

/** Where the sandbox gateway looks for its table. */
const schema = 'payment_service';

/**
 * Makes books of their own for one system under attack.
 * @param postgresUrl of a superuser, on a server that is not attacked.
 */
export async function openGatewayBooks(postgresUrl: string): Promise<GatewayBooks> {
  const name = `gateway-${randomUUID()}`;
  const password = randomUUID();
  const adminUrl = Object.assign(new URL(postgresUrl), { pathname: `/${name}` }).href;
  await withClient(postgresUrl, async (client) => {
    await client.query(`create role ${escapeIdentifier(name)} login password ${escapeLiteral(password)}`);
    await client.query(`create database ${escapeIdentifier(name)}`);
  });
  const books: GatewayBooks = {
    url: Object.assign(new URL(adminUrl), { username: name, password }).href,
    entries: () => withClient(adminUrl, readEntries),
    end: () => remove(postgresUrl, name),
  };
  try {
    await makeTable(adminUrl, name);
    return books;
  } catch (error) {
    await books.end();
    throw error;
  }
}

async function makeTable(adminUrl: string, role: string): Promise<void> {
  const definition = { schema, entities: [], migrations: [LogTheSandboxGateway] };
  await withClient(adminUrl, (client) => client.query(`create schema ${schema}`));
  await withMigrator(adminUrl, decodeURIComponent(new URL(adminUrl).username), definition, ({ run }) => run());
  await withClient(adminUrl, async (client) => {
    await client.query(`grant usage on schema ${schema} to ${escapeIdentifier(role)}`);
    await client.query(`grant select, insert on ${schema}.sandbox_gateway_entry to ${escapeIdentifier(role)}`);
  });
}

async function readEntries(client: Client): Promise<GatewayEntry[]> {
  const { rows } = await client.query<Omit<GatewayEntry, 'amount'> & { amount: string }>(
    `select order_id as "orderId", key, operation, outcome, amount, currency, at
     from ${schema}.sandbox_gateway_entry order by at`,
  );
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}

async function remove(postgresUrl: string, name: string): Promise<void> {
  await withClient(postgresUrl, async (client) => {
    await client.query(`drop database ${escapeIdentifier(name)} with (force)`);
    await client.query(`drop role ${escapeIdentifier(name)}`);
  });
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
