import { Inject, Injectable } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { CatalogueEntry, EventContract } from '@waybill/contracts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import type { ConsumeOptions } from './consume.decorator';

/** One event with the handler that this service has for it. */
export interface EventHandler {
  readonly entry: CatalogueEntry;
  readonly handler: MessageHandler;
  readonly prefetch: number;
  /** Messages in one transaction, at most. */
  readonly batch: number;
}

const defaultPrefetch = 10;
const largestBatch = 500;

/** The handlers of this service, checked against the catalogue. */
@Injectable()
export class Handlers {
  private readonly byType = new Map<string, EventHandler>();

  constructor(@Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions) {}

  /**
   * Takes over what Nest found.
   * @throws Error naming every mistake, and the file to mend: an event that the catalogue does not have or that does not name this
   *   service, two handlers for one event, an event of this service without a handler.
   */
  register(found: ReadonlyMap<string, MessageHandler>): void {
    const { service, catalogue } = this.options;
    const mistakes: string[] = [];
    for (const [type, handler] of found) {
      const entry = catalogue.find(type);
      if (!entry) {
        mistakes.push(
          `${type} has a handler but is not in the catalogue: add the event to libs/contracts/src/catalogue.ts`,
        );
      } else if (!entry.event.consumers.includes(service)) {
        mistakes.push(
          `${type} has a handler here but does not name "${service}" in its consumers: add it in ${eventFile(entry.event)}`,
        );
      } else if (handler.next) {
        mistakes.push(
          `${type} has two handlers in ${service}: a service signs for a message once, so keep one and call both effects from it`,
        );
      } else {
        const { batch = 1, prefetch = batch > 1 ? 2 * batch : defaultPrefetch } = (handler.extras ??
          {}) as ConsumeOptions;
        if (!Number.isInteger(batch) || batch < 1 || batch > largestBatch) {
          mistakes.push(
            `${type} is consumed in batches of ${batch}: it must be a whole number from 1 to ${largestBatch}`,
          );
        } else if (prefetch < batch) {
          mistakes.push(
            `${type} is consumed in batches of ${batch} with a prefetch of ${prefetch}, so none is ever full: raise prefetch, or leave it out`,
          );
        }
        this.byType.set(type, { entry, handler, prefetch, batch });
      }
    }
    for (const { event } of catalogue.consumedBy(service)) {
      if (found.has(event.type)) continue;
      mistakes.push(
        `${event.type} names "${service}" as a consumer, which has no handler for it: add one under apps/${service}/src/consumers ` +
          `with @Consume and list it in the module's controllers, or take "${service}" out of ${eventFile(event)}`,
      );
    }
    if (mistakes.length > 0)
      throw new Error(`The handlers of ${service} do not fit the contracts:\n- ${mistakes.join('\n- ')}`);
  }

  all(): readonly EventHandler[] {
    return [...this.byType.values()];
  }

  find(type: string): EventHandler | undefined {
    return this.byType.get(type);
  }
}

function eventFile(event: EventContract): string {
  return `libs/contracts/src/events/${event.type.replaceAll('.', '-')}.event.ts`;
}
