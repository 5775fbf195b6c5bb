import { type Client, escapeIdentifier } from 'pg';
import { asOwner } from './schema';

/** Owns the view over all services, and may read the services' own views: a view is read with its owner's rights. */
export const journeyOwner = 'journey_owner';

const view = 'public.message_journey';

export interface JourneySource {
  readonly schema: string;
  readonly owner: string;
}

/**
 * One `message_journey` over those of all services, which is all that the reader may read.
 * @returns the schemas that have part in it.
 */
export async function createJourneyView(
  client: Client,
  sources: readonly JourneySource[],
  reader: string,
): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `select schemaname as schema from pg_views where viewname = 'message_journey' and schemaname = any ($1)`,
    [sources.map(({ schema }) => schema)],
  );
  const present = sources.filter(({ schema }) => rows.some((row) => row.schema === schema));
  if (present.length === 0) return [];
  for (const { schema, owner } of present) {
    await asOwner(client, owner, async () => {
      await client.query(`grant usage on schema ${escapeIdentifier(schema)} to ${journeyOwner}`);
      await client.query(`grant select on ${escapeIdentifier(schema)}.message_journey to ${journeyOwner}`);
    });
  }
  const parts = present.map(({ schema }) => `select * from ${escapeIdentifier(schema)}.message_journey`);
  await client.query(`grant usage, create on schema public to ${journeyOwner}`);
  await asOwner(client, journeyOwner, async () => {
    await client.query(`create or replace view ${view} as ${parts.join(' union all ')}`);
    await client.query(`grant select on ${view} to ${escapeIdentifier(reader)}`);
  });
  await client.query(`grant usage on schema public to ${escapeIdentifier(reader)}`);
  return present.map(({ schema }) => schema);
}

/** A service's own view cannot be changed while this one stands on it, so it goes before migrations run, and comes back after. */
export async function dropJourneyView(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [journeyOwner]);
  if (rowCount) await asOwner(client, journeyOwner, () => client.query(`drop view if exists ${view}`));
}
