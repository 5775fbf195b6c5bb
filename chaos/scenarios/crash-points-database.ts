import { randomUUID } from 'node:crypto';
import { catalogue } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Victim } from './crash-points-victim';

/** Milliseconds: what is replayed is processed by then, on a busy machine too. */
const replayedWithin = 60_000;

/** A message that can never be sent, because AMQP has no room for its correlation id. */
export async function park({ arena, service }: Victim): Promise<void> {
  const [entry] = catalogue.producedBy(service);
  if (!entry) throw new Error(`${service} produces nothing`);
  const { type, version, consumers } = entry.event;
  await arena.system.sql(
    service,
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     values ($1::uuid, $2, $3, $4, $1::uuid::text, 2, '{}', rpad($1::uuid::text, 300, '.'), $5)`,
    [randomUUID(), service, type, version, consumers],
  );
  arena.expected.parked++;
}

/** No effect can be committed while the process lives: whatever a handler does, its transaction fails. */
export async function refuseEffects({ arena, service, process }: Omit<Victim, 'moment'>): Promise<void> {
  const { system } = arena;
  await system.sql(
    service,
    `create or replace function chaos.refuse_at_${service}() returns trigger language plpgsql as $$
     begin raise exception 'the fault suite takes no effect'; end $$`,
  );
  await system.sql(
    service,
    `create trigger chaos_refuse before insert or update on inbox_message for each row when (new.state = 'processed')
     execute function chaos.refuse_at_${service}()`,
  );
  try {
    await process.ended();
  } finally {
    await system.sql(service, 'drop trigger chaos_refuse on inbox_message');
  }
}

/** As long as the database is away for it, and ends its sessions too. */
export async function refuseLogins({ arena, service }: Victim): Promise<void> {
  await arena.system.sql(service, `alter role ${service}_service nologin`);
  await arena.system.sql(service, 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
    `${service}_service`,
  ]);
}

export async function takeLogins({ arena, service }: Victim): Promise<void> {
  await arena.system.sql(service, `alter role ${service}_service login`);
}

/** Asks the service to try a dead letter again, if it has one by now. */
export async function replayOne({ arena, service, process }: Victim): Promise<void> {
  const [dead] = await arena.system.sql<{ message_id: string }>(
    service,
    `select message_id from inbox_message where state = 'dead' limit 1`,
  );
  // It may be killed before it answers, and is to be.
  if (dead) await process.post(`/dead-letters/${dead.message_id}/replay`, {}).catch(() => undefined);
}

/** Replays what is dead until nothing is, and nothing can die any more that has one attempt left, or is in its last. */
export async function replayDead(victim: Victim): Promise<void> {
  const { arena, service } = victim;
  const open = `select message_id, state from inbox_message where state = 'dead' or (state = 'retrying' and attempts_allowed - attempts_finished <= 1)`;
  await eventually(
    `${service} has no dead letters`,
    async () => {
      const rows = await arena.system.sql<{ message_id: string; state: string }>(service, open);
      for (const { message_id, state } of rows) {
        if (state !== 'dead') continue;
        const { status } = await victim.process.post(`/dead-letters/${message_id}/replay`, {});
        if (status !== 202) throw new Error(`${message_id} was not replayed: ${status}`);
      }
      if (rows.length > 0) throw new Error(`it has ${rows.length}`);
    },
    replayedWithin,
  );
}
