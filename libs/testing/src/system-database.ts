import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@waybill/contracts';
import { Client, type QueryResultRow } from 'pg';

/** Who may ask: a service's name stands for its schema, as an administrator; `reader` is the role that reads the journey. */
export type DatabaseUser = ServiceName | 'reader';

/** The database of one system. */
export class SystemDatabase {
  readonly name = `e2e-${randomUUID()}`;
  private readonly clients = new Map<string, Promise<Client>>();

  /** @param serverUrl of the superuser @param passwordOf what a role logs in with */
  constructor(
    private readonly serverUrl: string,
    private readonly passwordOf: (role: string) => string,
  ) {}

  /** @param role default: the superuser */
  url(role?: string): string {
    const url = new URL(this.serverUrl);
    url.pathname = `/${this.name}`;
    if (role) Object.assign(url, { username: role, password: this.passwordOf(role) });
    return url.href;
  }

  async sql<Row extends QueryResultRow>(as: DatabaseUser, statement: string, values: unknown[]): Promise<Row[]> {
    const client = await this.client(as);
    return (await client.query<Row>(statement, values)).rows;
  }

  /** Ends our own sessions. */
  async close(): Promise<void> {
    await Promise.all([...this.clients.values()].map(async (client) => (await client).end()));
  }

  /** Whoever is still connected is cut. */
  async drop(): Promise<void> {
    const client = new Client({ connectionString: this.serverUrl });
    await client.connect();
    try {
      await client.query(`drop database if exists "${this.name}" with (force)`);
    } finally {
      await client.end();
    }
  }

  /** One connection for each user, until it is lost: specs end databases. */
  private client(as: DatabaseUser): Promise<Client> {
    const known = this.clients.get(as);
    if (known) return known;
    const url = as === 'reader' ? this.url('reader') : this.url();
    const options = as === 'reader' ? {} : { options: `-c search_path=${as}_service` };
    const client = new Client({ connectionString: url, ...options });
    const forget = () => void this.clients.delete(as);
    client.on('error', forget);
    const connected = client.connect().then(() => client);
    this.clients.set(as, connected);
    connected.catch(forget);
    return connected;
  }
}
