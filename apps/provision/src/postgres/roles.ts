import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Login } from '../environment';

/**
 * A role that owns things and that nobody logs in as. We join it, so that we can act as it: an administrator that is no superuser
 * may do so with the roles that it created.
 */
export async function ensureOwnerRole(client: Client, name: string): Promise<void> {
  if ((await findRole(client, name)) === undefined) await client.query(`create role ${escapeIdentifier(name)} nologin`);
  const { rows } = await client.query<{ joined: boolean }>(`select pg_has_role($1, 'usage') as joined`, [name]);
  if (!rows[0]?.joined) await client.query(`grant ${escapeIdentifier(name)} to current_user`);
}

/**
 * A role that a service logs in as, with the password of its URL (none in the URL: none is set).
 * @throws Error when the role is a superuser: it is somebody else's, and could not be kept to its own schema.
 */
export async function ensureLoginRole(client: Client, { user, password }: Login): Promise<void> {
  const existing = await findRole(client, user);
  if (existing?.superuser) {
    throw new Error(`The role ${user} is a superuser: give the service a role of its own in its DATABASE_URL`);
  }
  const verb = existing ? 'alter' : 'create';
  const secret = password === '' ? '' : ` password ${escapeLiteral(password)}`;
  await client.query(`${verb} role ${escapeIdentifier(user)} login${secret}`);
}

async function findRole(client: Client, name: string): Promise<{ superuser: boolean } | undefined> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_roles where rolname = $1',
    [name],
  );
  return rows[0];
}
