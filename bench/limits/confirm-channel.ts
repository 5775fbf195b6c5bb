import { connect } from 'amqplib';
import { tell } from '../program';

export interface PublishSettings {
  readonly brokerUrl: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly bytes: number;
  readonly count: number;
}

const window = 1_000;

/** What publishing costs at least: confirmed, persistent and mandatory, a thousand on their way at a time, with no database. Tells its rate. */
export async function main({ brokerUrl, exchange, routingKey, bytes, count }: PublishSettings): Promise<void> {
  const connection = await connect(brokerUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  const body = Buffer.alloc(bytes, 'x');
  const began = performance.now();
  let sent = 0;
  let confirmed = 0;
  await new Promise<void>((done) => {
    const publish = () => {
      sent++;
      channel.publish(exchange, routingKey, body, { persistent: true, mandatory: true }, () => {
        if (++confirmed === count) done();
        else if (sent < count) publish();
      });
    };
    while (sent < Math.min(window, count)) publish();
  });
  tell({ rate: count / ((performance.now() - began) / 1000) });
}
