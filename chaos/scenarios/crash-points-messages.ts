import { randomUUID } from 'node:crypto';
import { catalogue } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import { directExchange } from '../../libs/messaging/src/broker/topology';
import { encode } from '../../libs/messaging/src/codec';
import { envelopeOf, type OutboxRow, outboxColumns } from '../../libs/messaging/src/outbox-row';
import { workQueueOf } from './crash-points-broker';
import type { Victim } from './crash-points-victim';

/** The same message again to the service, from its producer and byte for byte, although it has been processed. */
export async function sendAgain({ arena, service }: Victim): Promise<void> {
  const { system } = arena;
  const row = await eventually(`${service} has processed a message`, async () => {
    const [found] = await system.sql<OutboxRow>(
      service,
      `select ${outboxColumns} from chaos.outbox m join inbox_message i on i.message_id = m.id
       where m.state = 'confirmed' and i.state = 'processed' order by i.processed_at desc limit 1`,
    );
    if (!found) throw new Error('it has not');
    return found;
  });
  const queue = workQueueOf(arena, service, row.type).name;
  const { body, ...properties } = encode(envelopeOf(row), row.payload, directExchange, queue);
  await system.publish(row.producer, directExchange, queue, body, {
    ...properties,
    userId: row.producer,
    persistent: true,
  });
}

const garbage = 'garbage of the fault suite';

/** Nobody's message. */
export async function sendGarbage({ arena, service }: Victim): Promise<void> {
  const [entry] = catalogue.consumedBy(service);
  if (!entry) throw new Error(`${service} consumes nothing`);
  const queue = workQueueOf(arena, service, entry.event.type).name;
  await arena.system.vhost.publish(directExchange, queue, `${garbage} ${randomUUID()}`);
}

/**
 * It is kept, each piece once, or twice where the process was killed between keeping and acking it: it has no id by which the second delivery could
 * be known for one.
 * @throws Error when a piece is kept more often.
 */
export async function countGarbage({ arena, service }: Victim): Promise<void> {
  const kept = await eventually(`${service} has kept the garbage`, async () => {
    const rows = await arena.system.sql<{ times: number }>(
      service,
      `select count(*)::int as times from dead_letter where convert_from(body, 'UTF8') like $1 group by body`,
      [`${garbage}%`],
    );
    if (rows.length !== 2) throw new Error(`${rows.length} of 2`);
    return rows.map(({ times }) => times);
  });
  if (kept.some((times) => times > 2)) throw new Error(`${service} has kept garbage ${kept.join(' and ')} times`);
  arena.say(`${service} has kept the garbage that it was killed with ${kept.join(' and ')} times`);
  for (const times of kept) arena.expected.unreadable += times;
}
