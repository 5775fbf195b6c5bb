import type { System } from '@waybill/testing';
import { awaitRow } from './await-row';
import type { Lab } from './lab';
import { answerOrders, answerQueue, placeOrders, purgeQueues, signForAll } from './order-load';

/** Has the order service send the events of so many placed orders, and resolves with the rows a second from the first sent to the last settled. */
export async function measureOrderRelay(lab: Lab, system: System, count: number): Promise<number> {
  await purgeQueues(system);
  const began = await now(system);
  await placeOrders(system, count);
  const service = await lab.service({ system, name: 'order' });
  await awaitRelay(system);
  await service.end();
  const [rate] = await system.sql<{ confirmed: number; seconds: number }>(
    'order',
    `select count(*)::int as confirmed, extract(epoch from max(confirmed_at) - min(sent_at))::float8 as seconds
     from outbox_message where id > bench.uuid_v7($1, '') and sent_at >= $1`,
    [began],
  );
  if (rate?.confirmed !== count) throw new Error(`${rate?.confirmed} of ${count} messages were confirmed`);
  await signForAll(system);
  await purgeQueues(system);
  return count / rate.seconds;
}

/**
 * Has the order service take payment's answers to so many of its orders, and resolves with the messages a second from the first that came to the
 * last effect.
 */
export async function measureAnswers(lab: Lab, system: System, count: number): Promise<number> {
  await purgeQueues(system);
  const began = await now(system);
  await answerOrders(system, count);
  const service = await lab.service({ system, name: 'order' });
  await awaitAnswers(system);
  await service.end();
  const [rate] = await system.sql<{ processed: number; seconds: number }>(
    'order',
    `select count(*)::int as processed, extract(epoch from max(processed_at) - min(received_at))::float8 as seconds
     from inbox_message where processed_at >= $1`,
    [began],
  );
  if (rate?.processed !== count) throw new Error(`${rate?.processed} of ${count} messages were processed`);
  await purgeQueues(system);
  return count / rate.seconds;
}

/** Asks for the last one by its id first: to look whether there are any costs more, the more there were, until the table is vacuumed. */
async function awaitRelay(system: System): Promise<void> {
  const [last] = await system.sql<{ id: string }>('order', 'select id from outbox_message order by id desc limit 1');
  await awaitRow(() =>
    system.sql('order', `select from outbox_message where id = $1 and state = 'confirmed'`, [last?.id]),
  );
  await awaitRow(() =>
    system.sql('order', `select where not exists (select from outbox_message where state = 'pending')`),
  );
}

/** Asks the broker, which knows at no cost; what it has given out and not got back, a service that ends finishes first. */
async function awaitAnswers(system: System): Promise<void> {
  const channel = await system.vhost.channel();
  await awaitRow(async () => {
    const { messageCount } = await channel.checkQueue(system.queue(answerQueue));
    return messageCount === 0 ? [true] : [];
  });
  await channel.close();
}

async function now(system: System): Promise<Date> {
  const [row] = await system.sql<{ now: Date }>('order', 'select clock_timestamp() as now');
  if (!row) throw new Error('The database has no time');
  return row.now;
}
