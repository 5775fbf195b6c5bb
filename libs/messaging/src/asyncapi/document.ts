import { type Catalogue, services } from '@waybill/contracts';
import type { QueueType } from '../broker/topology';
import { describeChannels } from './channels';
import { describeMessages } from './messages';
import { describeOperations } from './operations';

/** An AsyncAPI document, as far as we name its parts: https://www.asyncapi.com/docs/reference/specification/v3.1.0 */
export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: object;
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, object>>;
  readonly operations: Readonly<Record<string, object>>;
  readonly components: {
    readonly messages: Readonly<Record<string, object>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

const description = [
  'What these services tell each other over RabbitMQ, and through which exchanges and queues.',
  'An event is published once, under its type as routing key, and comes to a queue of each consumer. When a consumer has committed its effect, it says so in a receipt, through the receipts queue of the producer.',
  'AMQP properties are under `x-amqp-properties`, since AsyncAPI has no place for them. The virtual host is that of the deployment.',
].join('\n\n');

/**
 * Describes every event, who sends it, who signs for it, and all that stands on the broker for them. All services have the same document.
 * @throws Error when an event's payload has no JSON Schema.
 */
export function asyncApiDocument(catalogue: Catalogue, queueType: QueueType): AsyncApiDocument {
  const messages = describeMessages(catalogue);
  const channels = describeChannels(catalogue, queueType);
  return {
    asyncapi: '3.1.0',
    info: { title: 'Waybill', version: '1', description, tags: services.map((name) => ({ name })) },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels.map(({ key, channel }) => [key, channel])),
    operations: Object.fromEntries(channels.flatMap(describeOperations)),
    components: {
      messages: Object.fromEntries(messages.map(({ type, message }) => [type, message])),
      schemas: Object.fromEntries(messages.map(({ type, payload }) => [type, payload])),
    },
  };
}
