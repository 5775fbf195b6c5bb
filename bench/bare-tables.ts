import type { Client } from 'pg';

/** What makes a table slow to fill, and how it is made again. */
interface Definition {
  readonly drop: string;
  readonly create: string;
}

/**
 * Has tables filled without their indexes and keys, and makes these again, as they were; the check constraints stay.
 * @param tables as SQL, with their schema
 * @throws Error when one is not as it was.
 */
export async function fillBare(client: Client, tables: readonly string[], fill: () => Promise<void>): Promise<void> {
  const before = await definitionsOf(client, tables);
  for (const { drop } of [...before].reverse()) await client.query(drop);
  await fill();
  for (const { create } of before) await client.query(create);
  const after = await definitionsOf(client, tables);
  if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error(`The keys of ${tables} are not what they were`);
}

/** Keys before indexes, and foreign keys last. */
async function definitionsOf(client: Client, tables: readonly string[]): Promise<Definition[]> {
  const { rows } = await client.query<Definition>(
    `with filled as (select oid, oid::regclass::text as name from pg_class where oid = any ($1::text[]::regclass[]))
     select drop, "create" from (
       select format('alter table %s drop constraint %I', name, conname) as drop,
         format('alter table %s add constraint %I %s', name, conname, pg_get_constraintdef(c.oid)) as "create",
         case contype when 'f' then 3 else 1 end as turn
       from pg_constraint c join filled on filled.oid = conrelid where contype in ('p', 'u', 'f')
       union all
       select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 2
       from pg_index i join filled on filled.oid = indrelid
       where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
     ) as definition order by turn, "create"`,
    [tables],
  );
  return rows;
}
