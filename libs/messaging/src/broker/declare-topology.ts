import { type Channel, connect } from 'amqplib';
import { brokerAddress } from './broker-address';
import { brokerText, replyCode } from './broker-channel';
import { connectFailure, versionRefusal } from './connect-failure';
import type { Queue, Topology } from './topology';

const connectTimeout = 10_000;

/**
 * Declares exchanges, queues and bindings; what stands already stays as it is.
 * @param url AMQP URL of a user that may configure all of it.
 * @throws Error that says in one line what is wrong and what to do, without the URL's password.
 */
export async function declareTopology(url: string, topology: Topology): Promise<void> {
  const address = brokerAddress(url);
  const connection = await connect(url, { noDelay: true, timeout: connectTimeout }).catch((error: Error) => {
    throw new Error(connectFailure(error, address).reason);
  });
  let lost: Error | undefined;
  connection.on('error', (error) => {
    lost = error;
  });
  try {
    const refusal = versionRefusal(connection.connection.serverProperties.version, topology.queueType);
    if (refusal !== undefined) throw new Error(refusal);
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    for (const { name, type } of topology.exchanges) {
      await channel.assertExchange(name, type).catch((error) => {
        throw explained(`exchange ${name}`, error);
      });
    }
    for (const queue of topology.queues) await declareQueue(channel, queue);
  } finally {
    if (lost === undefined) await connection.close();
  }
}

/**
 * Declares one queue and its bindings. A failure closes the channel (AMQP).
 * @throws Error that says in one line what is wrong and what to do; its `code` is the AMQP reply code.
 */
export async function declareQueue(channel: Channel, queue: Queue): Promise<void> {
  try {
    await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
    for (const { exchange, routingKey } of queue.bindings) await channel.bindQueue(queue.name, exchange, routingKey);
  } catch (error) {
    throw explained(`queue ${queue.name}`, error);
  }
}

function explained(what: string, error: unknown): Error {
  const code = replyCode(error);
  const advice = code === undefined ? undefined : advices[code];
  const text = advice === undefined ? brokerText(error) : `${brokerText(error)}. ${advice}`;
  return Object.assign(new Error(`Cannot declare ${what}: ${text}`), { code });
}

const advices: Record<number, string> = {
  403: 'Run the provision job, which sets the permissions of the services',
  404: 'Run the provision job, which declares the exchanges',
  406: 'It stands on the broker with other arguments, and those are for life: let it run empty, delete it (rabbitmqctl delete_queue), and it is declared again; or set RABBITMQ_QUEUE_TYPE to what it was declared with',
};
