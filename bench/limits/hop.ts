import { connect } from 'amqplib';
import { tell } from '../program';
import { oneByOne, type Paced } from './one-by-one';

export interface HopSettings extends Paced {
  /** Of a user that may make a queue. */
  readonly brokerUrl: string;
  readonly queueType: string;
}

const queue = 'bench.hop';

/**
 * What a message's way through the broker takes at least: from its publishing, persistent and to be confirmed, until its consumer has it; one at a
 * time. Tells the milliseconds of each.
 */
export async function main({ brokerUrl, queueType, ...pace }: HopSettings): Promise<void> {
  const publishing = await connect(brokerUrl, { noDelay: true });
  const consuming = await connect(brokerUrl, { noDelay: true });
  const publisher = await publishing.createConfirmChannel();
  const consumer = await consuming.createChannel();
  await consumer.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': queueType } });
  let arrived = () => {};
  const { consumerTag } = await consumer.consume(queue, (message) => {
    if (message === null) throw new Error('The queue is gone');
    arrived();
    consumer.ack(message);
  });
  const body = Buffer.alloc(600, 'x');
  const hop = () =>
    new Promise<void>((done) => {
      arrived = done;
      publisher.sendToQueue(queue, body, { persistent: true, mandatory: true });
    });
  const times = await oneByOne(hop, pace);
  await consumer.cancel(consumerTag);
  await consumer.deleteQueue(queue);
  tell({ times });
}
