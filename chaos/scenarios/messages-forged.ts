import { once } from 'node:events';
import { catalogue, type ServiceName, services } from '@waybill/contracts';
import type { Options } from 'amqplib';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { propertiesOf, queueOf, type RecordedMessage, whileWaiting } from './messages-recorded';
import { awaitUnreadable, mark } from './messages-unreadable';

const forgedSender: Scenario = {
  name: 'forged-sender',
  family: 'messages',
  does: 'messages and receipts that wait to be told are sent first by somebody else, under another name, without one, and under the true one',
  run: async (arena) => {
    const { random, more } = arena;
    let forgeries = 0;
    for (const consumer of random.shuffle(services)) {
      await whileWaiting(arena, consumer, async (waiting) => {
        for (const message of waiting) {
          forgeries += await forgeMessage(arena, consumer, message);
          forgeries += await forgeReceipt(arena, consumer, message);
        }
      });
      await more(5);
    }
    await impersonate(arena);
    await awaitUnreadable(arena, forgeries);
  },
};

/** Sends a message before its time: as every service that may not send it, as the administrator, and as its producer that gives no name. */
async function forgeMessage(arena: Arena, consumer: ServiceName, message: RecordedMessage): Promise<number> {
  const liars = [...services.filter((service) => service !== message.producer), 'admin'] as const;
  const queue = queueOf(arena, consumer, message.type);
  const send = (as: ServiceName | 'admin', userId: string | undefined) =>
    publishTo(arena, as, queue, message.payload, propertiesOf(message, { userId, priority: 4 }));
  for (const liar of liars) await send(liar, liar === 'admin' ? undefined : liar);
  await send(message.producer, undefined);
  return liars.length + 1;
}

/** Signs for a message that its consumer has not seen: as everybody who is no consumer of that producer's. */
async function forgeReceipt(arena: Arena, consumer: ServiceName, message: RecordedMessage): Promise<number> {
  const { producer, id } = message;
  const believed = catalogue.producedBy(producer).flatMap(({ event }) => event.consumers);
  const liars = services.filter((service) => !believed.includes(service));
  const now = new Date().toISOString();
  const receipt = {
    messageId: id,
    state: 'processed',
    attempt: 1,
    receivedAt: now,
    processedAt: now,
    dueAt: null,
    error: null,
  };
  const body = JSON.stringify({ receipts: [receipt] });
  const queue = arena.system.queue(`${producer}.receipts`);
  const properties = { messageId: id, type: 'waybill.receipts', persistent: true };
  for (const liar of liars) await publishTo(arena, liar, queue, body, { ...properties, userId: liar });
  await publishTo(arena, consumer, queue, body, properties);
  await publishTo(arena, 'admin', queue, body, properties);
  return liars.length + 2;
}

/** Says to be another user, which the broker itself refuses. */
async function impersonate({ system }: Arena): Promise<void> {
  const channel = await system.vhost.channel();
  const refused = once(channel, 'error');
  channel.publish('waybill.direct', system.queue('order.receipts'), Buffer.from('{}'), { userId: 'payment' });
  const [error] = (await refused) as [Error];
  if (!/user_id/.test(error.message)) throw new Error(`the broker refused it for another reason: ${error.message}`);
}

async function publishTo(
  { system }: Arena,
  as: ServiceName | 'admin',
  queue: string,
  body: string,
  properties: Options.Publish,
): Promise<void> {
  await system.publish(as, 'waybill.direct', queue, Buffer.from(body), { ...properties, ...mark() });
}

export const forgedScenarios: readonly Scenario[] = [forgedSender];
