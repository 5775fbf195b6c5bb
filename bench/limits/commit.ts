import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { tell } from '../program';
import { oneByOne, type Paced } from './one-by-one';

export interface CommitSettings extends Paced {
  readonly databaseUrl: string;
  /** Has the columns `id uuid` and `note text`. */
  readonly table: string;
}

/** Milliseconds of each. */
export interface Commits {
  /** Two rows between BEGIN and COMMIT. */
  readonly transactions: readonly number[];
  /** One row in a statement that commits by itself. */
  readonly statements: readonly number[];
}

/** What a step of an order costs at least at the database, one at a time and with nothing else going on. */
export async function main({ databaseUrl, table, ...pace }: CommitSettings): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const note = 'x'.repeat(600);
  const insert = () => client.query(`insert into ${table} (id, note) values ($1, $2)`, [randomUUID(), note]);
  const transaction = async () => {
    await client.query('begin');
    await insert();
    await insert();
    await client.query('commit');
  };
  const transactions = await oneByOne(transaction, pace);
  tell({ transactions, statements: await oneByOne(insert, pace) });
}
