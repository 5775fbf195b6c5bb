import { type System } from '@waybill/testing';
import { awaitRow } from './await-row';
import type { Lab } from './lab';
import { emptyOutbox, fillOutbox, sender, sentQueue } from './outbox-load';

/** Fills the outbox, has `drain` drain it, and resolves with the rows a second from the first that was sent to the last that is settled. */
export async function measureRelay(system: System, count: number, drain: () => Promise<unknown>): Promise<number> {
  await emptyOutbox(system);
  await fillOutbox(system, count);
  await system.sql(sender, 'vacuum analyze outbox_message');
  await drain();
  const [rate] = await system.sql<{ confirmed: string; seconds: number }>(
    sender,
    `select count(*) as confirmed, extract(epoch from max(confirmed_at) - min(sent_at))::float8 as seconds
     from outbox_message where state = 'confirmed'`,
  );
  if (Number(rate?.confirmed) !== count) throw new Error(`${rate?.confirmed} of ${count} messages were confirmed`);
  return count / Number(rate?.seconds);
}

/** Ours: payment's service as it is shipped, started beside a full outbox. */
export async function drainByWaybill(lab: Lab, system: System): Promise<void> {
  const service = await lab.service({ system, name: sender });
  await awaitRow(() =>
    system.sql(sender, `select where not exists (select from outbox_message where state = 'pending')`),
  );
  await service.end();
}

/** What a limit needs to drain the same outbox into the same queue. */
export function relaySettings(system: System) {
  const { DATABASE_URL, RABBITMQ_URL } = system.processes[sender].environment;
  if (!DATABASE_URL || !RABBITMQ_URL) throw new Error('The system has no URLs for its services');
  return {
    databaseUrl: DATABASE_URL,
    schema: `${sender}_service`,
    brokerUrl: RABBITMQ_URL,
    exchange: 'waybill.events',
    queue: system.queue(sentQueue),
  };
}
