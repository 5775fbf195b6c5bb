import type { Catalogue, ServiceName } from '@waybill/contracts';
import { directExchange, eventsExchange, type QueueType, workQueue } from './topology';

/** What a service's broker user may do in the vhost: regular expressions over names, as RabbitMQ takes them. */
export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
  /** Per topic exchange: the routing keys that may be published (write) and bound (read). */
  readonly topics: readonly { readonly exchange: string; readonly write: string; readonly read: string }[];
}

/**
 * The least that a service needs: it declares and consumes its own queues alone, publishes the events it produces and binds
 * those it consumes.
 */
export function permissionsOf(service: ServiceName, catalogue: Catalogue, queueType: QueueType): Permissions {
  const produced = catalogue.producedBy(service);
  const own = `${literal(service)}\\..*`;
  const exchanges = [eventsExchange, directExchange].map(literal);
  // To see how many messages wait in a consumer's queue (a passive declare) RabbitMQ from 4.3.1 asks for any permission on it.
  const consumers = produced.flatMap(({ event }) =>
    event.consumers.map((consumer) => literal(workQueue(consumer, event.type, queueType).name)),
  );
  return {
    configure: anyOf([own]),
    write: anyOf([own, ...exchanges, ...consumers]),
    read: anyOf([own, ...exchanges]),
    topics: [
      {
        exchange: eventsExchange,
        write: anyOf(produced.map(({ event }) => literal(event.type))),
        read: anyOf(catalogue.consumedBy(service).map(({ event }) => literal(event.type))),
      },
    ],
  };
}

/** Matches these and nothing else; of none, nothing: RabbitMQ does not anchor a pattern, and the empty one would match all. */
function anyOf(patterns: readonly string[]): string {
  return patterns.length === 0 ? '^$' : `^(${patterns.join('|')})$`;
}

function literal(text: string): string {
  return text.replaceAll('.', '\\.');
}
