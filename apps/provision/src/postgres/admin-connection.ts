import { isDatabaseAway } from '@waybill/service';
import { Client } from 'pg';
import { waitFor } from '../wait-for';

/** The database that every server has; what concerns the whole server is done from there. */
const maintenanceDatabase = 'postgres';

/** No such database; not allowed to connect to it; no line in pg_hba.conf for it. */
const closedCodes = new Set(['3D000', '42501', '28000']);

/**
 * Runs `work` on a connection, waiting for the server where it is not up yet, and closes the connection.
 * @param database another than the one that the URL names.
 */
export async function withConnection<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
  database?: string,
): Promise<Result> {
  const target = new URL(url);
  if (database !== undefined) target.pathname = `/${encodeURIComponent(database)}`;
  const client = await waitFor(`Postgres at ${target.host}`, () => connect(target.href), isDatabaseAway);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** As {@link withConnection}, to the maintenance database, or to the URL's own where that one is closed to us. */
export async function withServerConnection<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const open = await withConnection(url, async () => true, maintenanceDatabase).catch((error) => {
    if (closedCodes.has(error.code)) return false;
    throw error;
  });
  return await withConnection(url, work, open ? maintenanceDatabase : undefined);
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'provision' });
  await client.connect();
  return client;
}
