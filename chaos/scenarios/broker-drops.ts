import type { Duplex } from 'node:stream';
import type { System } from '@waybill/testing';
import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import type { Scenario } from '../scenario';
import { mustBite } from './broker-sight';

/** A quorum queue that is declared without a limit of its own drops a message with its 21st delivery (RabbitMQ 4). */
const drops = 25;
const defaultLimit = 20;

/** Messages that are held each time, at least. */
const severalMessages = 10;

/** Milliseconds in which the broker delivers what there is. */
const deliveredWithin = 20_000;

/** In place of the service, which would process some of them in between. */
export const deliveryLimitPassed: Scenario = {
  name: 'twenty-five-drops',
  family: 'broker',
  does: 'the consumer of a queue loses its connection 25 times with all its messages unacked: by default a queue drops them after 20',
  // A copy that is sent again would stand in for a message that was dropped.
  env: { OVERDUE_AFTER: '1h' },
  run: async ({ system, more, say }) => {
    const queue = system.queue('payment.order-placed');
    await system.payment.stop();
    await more(severalMessages);
    const held = await holdAndDrop(system, queue, []);
    let last = held;
    for (let drop = 2; drop <= drops; drop++) last = await holdAndDrop(system, queue, idsOf(held));
    const count = Math.max(...last.map(({ properties }) => Number(properties.headers?.['x-delivery-count'] ?? 0)));
    // Classic queues do not count.
    mustBite(system.queueType !== 'quorum' || count > defaultLimit, `the broker has counted ${count} deliveries`);
    say(`${held.length} messages were still there at drop ${drops}, delivery count ${count}`);
    await system.payment.start();
    await more(10);
  },
};

/**
 * Takes messages off a queue without an answer to any, and breaks the connection.
 * @param wanted ids of those that must be there still; more come meanwhile
 * @throws Error when they do not come
 */
async function holdAndDrop(
  system: System,
  queue: string,
  wanted: readonly string[],
): Promise<readonly ConsumeMessage[]> {
  const connection = await connect(system.vhost.url(), { noDelay: true });
  connection.on('error', () => {
    // It is broken on purpose.
  });
  try {
    return await hold(connection, queue, wanted);
  } finally {
    const closed = new Promise((done) => connection.once('close', done));
    (connection.connection as unknown as { stream: Duplex }).stream.destroy(new Error('dropped'));
    await closed;
  }
}

async function hold(
  connection: ChannelModel,
  queue: string,
  wanted: readonly string[],
): Promise<readonly ConsumeMessage[]> {
  const channel = await connection.createChannel();
  const messages: ConsumeMessage[] = [];
  const missing = new Set(wanted);
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`The broker has dropped messages: ${[...missing]} of ${wanted.length} never came`)),
      deliveredWithin,
    );
    const finish = () => {
      clearTimeout(timer);
      done();
    };
    const take = (message: ConsumeMessage | null) => {
      if (!message) return;
      messages.push(message);
      missing.delete(String(message.properties.messageId));
      if (missing.size === 0 && messages.length >= severalMessages) finish();
    };
    channel.consume(queue, take).catch(fail);
  });
  return messages;
}

function idsOf(messages: readonly ConsumeMessage[]): readonly string[] {
  return messages.map(({ properties }) => String(properties.messageId));
}
