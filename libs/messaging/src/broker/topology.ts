import type { Catalogue, ServiceName } from '@waybill/contracts';
import { services } from '@waybill/contracts';

/** `quorum` needs RabbitMQ 4.3; `classic` serves older brokers, and confirms without fsync. */
export type QueueType = 'quorum' | 'classic';

export interface Exchange {
  readonly name: string;
  readonly type: 'topic' | 'direct';
}

export interface Queue {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
  readonly bindings: readonly { readonly exchange: string; readonly routingKey: string }[];
}

/** Everything that must stand on the broker before the first message is published. */
export interface Topology {
  readonly queueType: QueueType;
  readonly exchanges: readonly Exchange[];
  readonly queues: readonly Queue[];
}

/** Events, by their type. */
export const eventsExchange = 'waybill.events';
/** What goes to one queue, by the queue's name: receipts, and what is sent again to a single consumer. */
export const directExchange = 'waybill.direct';

export const exchanges: readonly Exchange[] = [
  { name: eventsExchange, type: 'topic' },
  { name: directExchange, type: 'direct' },
];

/** The queue in which a consumer's messages of one event wait: `payment.order-placed`. */
export function workQueue(consumer: ServiceName, eventType: string, queueType: QueueType): Queue {
  const queue = ownQueue(`${consumer}.${eventType.replace('.', '-')}`, queueType);
  return { ...queue, bindings: [{ exchange: eventsExchange, routingKey: eventType }, ...queue.bindings] };
}

/** The queue in which a producer's receipts wait: `order.receipts`. */
export function receiptsQueue(producer: ServiceName, queueType: QueueType): Queue {
  return ownQueue(`${producer}.receipts`, queueType);
}

/**
 * Derives the topology from the catalogue: a work queue per consumer and event, a receipts queue per service.
 * @throws Error when two events would share a queue.
 */
export function topologyOf(catalogue: Catalogue, queueType: QueueType): Topology {
  const work = catalogue.entries.flatMap(({ event }) =>
    event.consumers.map((consumer) => workQueue(consumer, event.type, queueType)),
  );
  const queues = [...work, ...services.map((service) => receiptsQueue(service, queueType))];
  const names = new Set<string>();
  for (const { name } of queues) {
    if (names.has(name)) throw new Error(`Two events would share the queue ${name}: rename one of them`);
    names.add(name);
  }
  return { queueType, exchanges, queues };
}

/** The one thing in which the queue types differ. Another type has another name, because a queue's arguments are for life. */
function ownQueue(base: string, queueType: QueueType): Queue {
  const name = queueType === 'quorum' ? base : `${base}.classic`;
  return {
    name,
    // A quorum queue brings 32 priorities of its own and drops a message after 20 deliveries unless told not to.
    arguments:
      queueType === 'quorum'
        ? { 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }
        : { 'x-queue-type': 'classic', 'x-max-priority': 4 },
    bindings: [{ exchange: directExchange, routingKey: name }],
  };
}
