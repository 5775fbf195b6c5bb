import { type Client, escapeIdentifier } from 'pg';

export interface SchemaRoles {
  readonly schema: string;
  readonly owner: string;
  /** May read and write rows of the schema's tables, and nothing else: no definitions, no truncate. */
  readonly runtime: string;
}

/** Creates the schema unless it is there, and says what the runtime role may do with what is and will be in it. */
export async function ensureSchema(client: Client, { schema, owner, runtime }: SchemaRoles): Promise<void> {
  const [schemaName, ownerName, runtimeName] = [schema, owner, runtime].map(escapeIdentifier);
  await client.query(`create schema if not exists ${schemaName} authorization ${ownerName}`);
  await asOwner(client, owner, async () => {
    await client.query(`grant usage on schema ${schemaName} to ${runtimeName}`);
    await client.query(
      `alter default privileges in schema ${schemaName} grant select, insert, update, delete on tables to ${runtimeName}`,
    );
    await client.query(`alter default privileges in schema ${schemaName} grant usage on sequences to ${runtimeName}`);
  });
}

/** Runs `work` with the rights of a role that we are a member of. */
export async function asOwner<Result>(client: Client, owner: string, work: () => Promise<Result>): Promise<Result> {
  await client.query(`set role ${escapeIdentifier(owner)}`);
  try {
    return await work();
  } finally {
    await client.query('reset role');
  }
}
