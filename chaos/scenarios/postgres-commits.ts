import { catalogue, services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

/** Milliseconds until every consumer of every event has met it: some events are rare. */
const patience = 180_000;

/** Attacks every consumer of every event that there is, also of events that come one day. */
export const commitScenarios: readonly Scenario[] = [
  {
    name: 'first-commit-refused',
    family: 'postgres',
    does: 'Postgres refuses the COMMIT of the first attempt at each message by each consumer, when its effect has been written',
    run: async (arena) => {
      const { system, say } = arena;
      for (const service of services) {
        await system.sql(
          service,
          `create function chaos.refuse_first_at_${service}() returns trigger language plpgsql as $$
           begin raise exception 'the fault suite takes no first attempt'; end $$;
           create constraint trigger chaos_refuse_first after insert or update on inbox_message
             deferrable initially deferred for each row when (new.state = 'processed' and new.attempts_started = 1)
             execute function chaos.refuse_first_at_${service}()`,
        );
      }
      const met = await eventually(
        'every consumer of every event was refused, and tried again',
        () => meet(arena),
        patience,
      );
      for (const service of services) await system.sql(service, 'drop trigger chaos_refuse_first on inbox_message');
      say(`${met} consumers of events were refused after their effect, and tried again`);
    },
  },
];

/** @returns how many they are @throws Error that names those that it has not happened to yet */
async function meet({ system }: Arena): Promise<number> {
  const rows = await system.sql<{ pair: string }>(
    'order',
    `select distinct type || ' at ' || service as pair from chaos.inbox where state = 'processed' and attempts_started > 1`,
  );
  const wanted = catalogue.entries.flatMap(({ event }) =>
    event.consumers.map((consumer) => `${event.type} at ${consumer}`),
  );
  const missing = wanted.filter((pair) => !rows.some((row) => row.pair === pair));
  if (missing.length > 0) throw new Error(`not yet: ${missing.join(', ')}`);
  return wanted.length;
}
