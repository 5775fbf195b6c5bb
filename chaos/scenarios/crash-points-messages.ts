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

/** Nobody's message, which kills it before it is kept, comes again, and kills it when it is kept. */
export async function sendGarbage({ arena, service, moment }: Victim): Promise<void> {
  if (moment === 'after') return;
  const [entry] = catalogue.consumedBy(service);
  if (!entry) throw new Error(`${service} consumes nothing`);
  const queue = workQueueOf(arena, service, entry.event.type).name;
  await arena.system.vhost.publish(directExchange, queue, `${garbage} ${randomUUID()}`);
}

/** It is kept when it has come for the second time, and for the third: without an id, nobody can tell that it is kept already. */
export async function countGarbage({ arena, service }: Victim): Promise<void> {
  const times = 2;
  await eventually(`${service} has kept the garbage ${times} times`, async () => {
    const [row] = await arena.system.sql<{ kept: number }>(
      service,
      `select count(*)::int as kept from dead_letter where convert_from(body, 'UTF8') like $1`,
      [`${garbage}%`],
    );
    if (row?.kept !== times) throw new Error(`${row?.kept} times`);
  });
  arena.expected.unreadable += times;
}
