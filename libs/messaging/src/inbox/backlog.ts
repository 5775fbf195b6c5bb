import { Inject, Injectable } from '@nestjs/common';
import type { EventContract } from '@waybill/contracts';
import { ConfirmPublisher } from '../broker/confirm-publisher';
import { workQueue } from '../broker/topology';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';

/** What waits at the broker for this service's handlers. */
@Injectable()
export class Backlog {
  constructor(
    private readonly publisher: ConfirmPublisher,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /**
   * How many messages of these events no handler has been given yet; undefined while the broker does not say: away, blocked, or a queue
   * is gone. One question a queue.
   */
  async waiting(events: readonly EventContract[]): Promise<number | undefined> {
    if (this.publisher.state.status !== 'open') return undefined;
    const { service, queueType } = this.options;
    const depths = await Promise.all(
      events.map(({ type }) => this.publisher.waiting(workQueue(service, type, queueType).name)),
    );
    const known = depths.filter((depth) => typeof depth === 'object');
    return known.length < depths.length ? undefined : known.reduce((sum, { messages }) => sum + messages, 0);
  }
}
