import type { System } from '@waybill/testing';
import { awaitRow } from './await-row';
import type { BenchConsumerSettings } from './consumer/main';
import type { Lab } from './lab';
import { fillPlacedQueue, placedQueue } from './placed-messages';

const consumer = 'warehouse';
/** As shipped: of a handler, and of a service's pool. */
const prefetch = 10;
const poolSize = 10;

/** What must be so of every message when it counts as done. */
export interface Done {
  /** The next event is confirmed. */
  readonly isSent: boolean;
  /** Its receipt is sent. */
  readonly isSigned: boolean;
}

/** A system for these measurements: with a table for effects. */
export async function consumeSystem(lab: Lab): Promise<System> {
  const system = await lab.system();
  await system.sql(consumer, 'create table effect (order_id uuid primary key, note text not null)');
  await system.sql(consumer, `grant insert on effect to ${consumer}_service`);
  return system;
}

/** Fills the queue, has `start` start a consumer, and resolves with the messages a second from the first that came to the last that is done. */
export async function measureConsume(
  system: System,
  count: number,
  start: () => Promise<{ end(): Promise<unknown> }>,
  { isSent, isSigned }: Done,
): Promise<number> {
  await system.sql(consumer, 'truncate inbox_message, outbox_message, message_receipt, effect');
  const channel = await system.vhost.channel();
  for (const queue of ['order.receipts', 'order.stock-reserved']) await channel.purgeQueue(system.queue(queue));
  await channel.close();
  await fillPlacedQueue(system, count);
  const running = await start();
  const unsent = isSent ? `or exists (select from outbox_message where state = 'pending')` : '';
  const unsigned = isSigned ? 'or exists (select from inbox_message where receipt_sent_seq < receipt_seq)' : '';
  const { seconds } = await awaitRow(() =>
    system.sql<{ seconds: number }>(
      consumer,
      `select extract(epoch from clock_timestamp() - min(received_at))::float8 as seconds from inbox_message
       having count(*) = $1 and not (false ${unsent} ${unsigned})`,
      [count],
    ),
  );
  await running.end();
  return count / seconds;
}

/** A service of Waybill's in warehouse's place. */
export async function startOurs(lab: Lab, system: System, settings: Partial<Omit<BenchConsumerSettings, 'env'>> = {}) {
  const { environment } = system.processes[consumer];
  const env = { ...environment, LOG_FORMAT: 'json', PORT: '0' };
  return await lab.program('consumer/main.ts', { receipts: true, isBatched: false, ...settings, env });
}

/** A consumer by hand in its place. */
export async function startByHand(lab: Lab, system: System, file: string, settings: object = {}) {
  const { DATABASE_URL: databaseUrl, RABBITMQ_URL: brokerUrl } = system.processes[consumer].environment;
  return await lab.program(file, {
    databaseUrl,
    brokerUrl,
    schema: `${consumer}_service`,
    queue: system.queue(placedQueue),
    exchange: 'waybill.events',
    prefetch,
    poolSize,
    ...settings,
  });
}
