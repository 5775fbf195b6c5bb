import type { OutgoingMessage } from './outgoing-message';
import { exchanges } from './topology';

/** RabbitMQ's default `max_message_size` since 4.0. */
const bodyLimit = 16 * 1024 * 1024;
/** A short string of AMQP: its length is one byte. */
const nameLimit = 255;
/** amqplib encodes a table in 64 KiB; the publisher's own header and RabbitMQ's additions need some of it. */
const headersLimit = 60 * 1024;

/** Why this message can never be published, whatever the state of the broker; undefined when it can. */
export function rejectionOf(message: OutgoingMessage): string | undefined {
  const { exchange, priority, headers, body } = message;
  if (!exchanges.some(({ name }) => name === exchange)) return `There is no exchange ${exchange} in the topology`;
  for (const field of ['routingKey', 'messageId', 'type', 'correlationId'] as const) {
    const size = Buffer.byteLength(message[field]);
    if (size > nameLimit) return `Its ${field} has ${size} bytes, and AMQP takes ${nameLimit}`;
  }
  if (!Number.isInteger(priority) || priority < 0 || priority > 4)
    return `Its priority ${priority} is not one of 0 to 4`;
  if (body.length > bodyLimit) return `Its body has ${body.length} bytes, and RabbitMQ takes ${bodyLimit}`;
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (Buffer.byteLength(name) > nameLimit) return `The name of its header ${name.slice(0, 40)}... is too long`;
    size += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 8) + 6;
  }
  return size > headersLimit ? `Its headers have ${size} bytes, and ${headersLimit} can be sent` : undefined;
}
