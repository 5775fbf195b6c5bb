import { type Catalogue, type CatalogueEntry, type ServiceName, services } from '@waybill/contracts';
import { eventsExchange, exchanges, type Queue, type QueueType, receiptsQueue, workQueue } from '../broker/topology';
import { receiptsType } from '../receipts/receipt';
import { bindingVersion } from './binding-version';

/** A channel of the document, and who does what there. */
export interface DescribedChannel {
  /** `event.<type>` for a routing key, `queue.<name>` for a queue. */
  readonly key: string;
  readonly channel: object;
  /** Of the messages in it. */
  readonly messageType: string;
  readonly send: Part;
  readonly receive: Part;
}

interface Part {
  readonly services: readonly ServiceName[];
  readonly summary: string;
}

/** What messages go through: a routing key for each event, a queue for each of its consumers, and a receipts queue for each service. */
export function describeChannels(catalogue: Catalogue, queueType: QueueType): DescribedChannel[] {
  return [
    ...catalogue.entries.map(eventChannel),
    ...catalogue.entries.flatMap((entry) => entry.event.consumers.map((name) => workChannel(entry, name, queueType))),
    ...services.map((service) => receiptsChannel(service, catalogue, queueType)),
  ];
}

function eventChannel({ event: { type }, producer }: CatalogueEntry): DescribedChannel {
  const exchange = { ...exchanges.find(({ name }) => name === eventsExchange), durable: true, autoDelete: false };
  return {
    key: `event.${type}`,
    channel: {
      address: type,
      title: `Routing key ${type}`,
      messages: messagesOf(type),
      bindings: { amqp: { is: 'routingKey', exchange, bindingVersion } },
    },
    messageType: type,
    send: { services: [producer], summary: 'Sends it to every consumer.' },
    receive: { services: [], summary: '' },
  };
}

function workChannel(
  { event: { type }, producer }: CatalogueEntry,
  consumer: ServiceName,
  queueType: QueueType,
): DescribedChannel {
  return {
    ...queueChannel(workQueue(consumer, type, queueType), type),
    send: { services: [producer], summary: `Sends it again to ${consumer} alone, whose receipt is overdue.` },
    receive: { services: [consumer], summary: `Handles it, and signs for it to ${producer}.` },
  };
}

function receiptsChannel(producer: ServiceName, catalogue: Catalogue, queueType: QueueType): DescribedChannel {
  const consumers = new Set(catalogue.producedBy(producer).flatMap(({ event }) => event.consumers));
  return {
    ...queueChannel(receiptsQueue(producer, queueType), receiptsType),
    send: { services: [...consumers], summary: `Tells ${producer} what became of its messages.` },
    receive: { services: [producer], summary: 'Notes what became of its messages.' },
  };
}

function queueChannel({ name, arguments: queueArguments, bindings }: Queue, messageType: string) {
  const queue = { name, durable: true, exclusive: false, autoDelete: false };
  return {
    key: `queue.${name}`,
    channel: {
      address: name,
      title: `Queue ${name}`,
      messages: messagesOf(messageType),
      bindings: { amqp: { is: 'queue', queue, bindingVersion } },
      'x-queue-arguments': queueArguments,
      'x-queue-bindings': bindings,
    },
    messageType,
  };
}

function messagesOf(type: string): object {
  return { [type]: { $ref: `#/components/messages/${type}` } };
}
