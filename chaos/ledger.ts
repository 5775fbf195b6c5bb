import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import type { Answered } from './load';

/** How a breach counts in the report. */
export type Harm = 'lost' | 'doubled' | 'stuck' | 'illegal';

/** One thing that is not as it must be. */
export interface Breach {
  /** `I1` to `I12`. */
  readonly invariant: string;
  readonly harm: Harm;
  readonly detail: string;
}

/** What may be left when all is over, because the scenario has asked for it. */
export interface Expected {
  readonly dead: number;
  readonly unreadable: number;
  readonly parked: number;
}

interface Invariant {
  readonly name: string;
  readonly harm: Harm;
  readonly query: string;
}

/** Tables whose changes of state are noted, of those that a service has. */
const watched = ['outbox_message', 'message_receipt', 'inbox_message', 'order'];

/** The view of a table of all services together. */
const views = {
  outbox: 'outbox_message',
  receipt: 'message_receipt',
  inbox: 'inbox_message',
  dead_letter: 'dead_letter',
};

/** Begins to keep what only shows over time. Before the first request. */
export async function openLedger(system: System): Promise<void> {
  await system.sql('order', read('ledger.sql'));
  for (const service of services) {
    const tables = await system.sql<{ name: string }>(
      service,
      'select tablename as name from pg_tables where schemaname = $1 and tablename = any($2)',
      [`${service}_service`, watched],
    );
    for (const { name } of tables) await system.sql(service, triggers(service, name));
  }
  for (const [view, table] of Object.entries(views)) {
    const all = services.map((service) => `select '${service}' as service, * from ${service}_service.${table}`);
    await system.sql('order', `create view chaos.${view} as ${all.join(' union all ')}`);
  }
}

function triggers(service: string, table: string): string {
  const state = table === 'order' ? 'status' : 'state';
  const on = `on ${service}_service."${table}" for each row`;
  return `
    create trigger chaos_update after update ${on}
      when (old.${state} is distinct from new.${state}${attempts(table)}) execute function chaos.note_transition();
    create trigger chaos_delete after delete ${on} execute function chaos.note_transition()`;
}

function attempts(table: string): string {
  const column = { outbox_message: 'attempts', message_receipt: 'attempt', inbox_message: 'attempts_started' }[table];
  return column ? ` or old.${column} > new.${column}` : '';
}

/** Every breach that the database shows. @throws when the database does not answer. */
export async function findBreaches(
  system: System,
  { answered, expected }: { answered: readonly Answered[]; expected: Expected },
): Promise<Breach[]> {
  await system.sql(
    'order',
    'insert into chaos.answered select * from unnest($1::text[], $2::uuid[]) on conflict do nothing',
    [answered.map(({ key }) => key), answered.map(({ id }) => id)],
  );
  await system.sql('order', 'delete from chaos.expected');
  await system.sql('order', 'insert into chaos.expected values ($1, $2, $3)', [
    expected.dead,
    expected.unreadable,
    expected.parked,
  ]);
  const breaches: Breach[] = [];
  for (const { name, harm, query } of invariants()) {
    const found = await system.sql<{ format: string }>('order', query);
    breaches.push(...found.map(({ format }): Breach => ({ invariant: name, harm, detail: format })));
  }
  return breaches;
}

/** The queries of invariants.sql with what their comments say. */
export function invariants(): Invariant[] {
  const found = [
    ...read('invariants.sql').matchAll(/^-- (I\d+) (lost|doubled|stuck|illegal): .*\n((?:(?!--).*\n?)+)/gm),
  ];
  return found.map(([, name = '', harm, query = '']) => ({ name, harm: harm as Harm, query: query.trim() }));
}

function read(file: string): string {
  return readFileSync(join(__dirname, file), 'utf8');
}
