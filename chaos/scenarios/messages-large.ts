import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import { publish } from '../../test/garbage';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { propertiesOf, recorded } from './messages-recorded';
import { awaitUnreadable, mark } from './messages-unreadable';

/** Bytes of a body that RabbitMQ takes, unless it is told otherwise (4.0 and later). */
const limit = 16 * 1024 * 1024;

const sixteenMegabytes: Scenario = {
  name: 'sixteen-megabytes',
  family: 'messages',
  does: 'bodies of 16 MB come into a work queue and a receipts queue, and are recorded in an outbox: one as large as can be sent, one a byte larger',
  run: async (arena) => {
    const { system, expected, random, more, say } = arena;
    const { producer, type, ...message } = random.pick(await recorded(arena, 'true'));
    const consumers = await consumersOf(arena, message.id);
    const [consumer] = consumers;
    if (!consumer) throw new Error(`${type} has no consumer`);
    const body = Buffer.alloc(limit, 'x');
    const properties = { ...propertiesOf({ producer, type, ...message }), messageId: randomUUID() };
    await publish(system, producer, `${consumer}.${type.replace('.', '-')}`, body, properties);
    expected.dead += 1;
    await publish(system, consumer, `${producer}.receipts`, body, {
      type: 'waybill.receipts',
      userId: consumer,
      ...mark(),
    });
    await awaitUnreadable(arena, 1);
    say(`${type} and its receipts, of ${limit} bytes, are sent`);
    const [fits, tooLarge] = [
      await record(arena, producer, message.id, limit),
      await record(arena, producer, message.id, limit + 1),
    ];
    expected.dead += consumers.length;
    expected.parked += 1;
    await eventually(
      'the one is confirmed, the other parked',
      async () => {
        const rows = await system.sql<{ id: string; state: string }>(
          producer,
          'select id, state from outbox_message where id = any($1)',
          [[fits, tooLarge]],
        );
        const stateOf = (id: string | undefined) => rows.find((row) => row.id === id)?.state;
        if (stateOf(fits) !== 'confirmed' || stateOf(tooLarge) !== 'parked')
          throw new Error(`they are ${stateOf(fits)} and ${stateOf(tooLarge)}`);
      },
      60_000,
    );
    await more(20);
    const { status } = await system[consumer].get('/dead-letters?limit=500');
    if (status !== 200) throw new Error(`the dead letters cannot be read: ${status}`);
  },
};

async function consumersOf({ system }: Arena, id: string) {
  const [row] = await system.sql<{ consumers: ServiceName[] }>(
    'order',
    'select consumers from chaos.outbox where id = $1',
    [id],
  );
  return row?.consumers ?? [];
}

/** Records a message like another, but for its payload: a text of so many bytes as JSON. @returns its id */
async function record(
  { system }: Arena,
  producer: ServiceName,
  like: string,
  bytes: number,
): Promise<string | undefined> {
  const [row] = await system.sql<{ id: string }>(
    producer,
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     select gen_random_uuid(), producer, type, version, gen_random_uuid(), priority, to_json(repeat('x', $2 - 2)), gen_random_uuid(), consumers
     from outbox_message where id = $1
     returning id`,
    [like, bytes],
  );
  return row?.id;
}

export const largeScenarios: readonly Scenario[] = [sixteenMegabytes];
