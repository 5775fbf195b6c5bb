import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ServiceName } from '@waybill/contracts';
import { DataSource } from 'typeorm';
import { ConfirmPublisher } from '../broker/confirm-publisher';
import type { QueueDepth } from '../broker/queue-depth';
import { directExchange, workQueue } from '../broker/topology';
import { encode } from '../codec';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { PollLoop } from '../poll-loop';
import { claimOverdue, type OverdueMessage, type Postponement, postponeOverdue } from './claim-overdue';

const batchSize = 200;
/** The longest pause between two looks after one message. */
const longestPause = 10 * 60_000;
/** So many messages that wait before it make the next look after a message half as frequent. */
const longQueue = 1_000;

/** Why a message is not sent again now. */
interface Hindrance {
  readonly detail: string;
  /** How many messages wait in the queue, where that is why. */
  readonly waiting?: number;
}

/**
 * Looks after messages that the broker confirmed and a named consumer has not signed for in time: its queue may have been deleted or
 * unbound (a confirm and `mandatory` only say that some queue took it), or a receipt may be lost. The same message goes again, to that
 * consumer's queue alone, unless messages wait there: a slow consumer is late, not cut off.
 */
@Injectable()
export class Overdue {
  private readonly loop: PollLoop;

  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: ConfirmPublisher,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {
    this.loop = new PollLoop({
      name: 'The overdue loop',
      runOnce: async () => (await this.runOnce()) > 0,
      shortestWait: 500,
      longestWait: 2_000,
      logger: new Logger('Overdue'),
    });
  }

  /** Looks after what is overdue now. Resolves with the number of messages looked at. */
  async runOnce(): Promise<number> {
    if (this.publisher.state.status !== 'open') return 0;
    this.steps.before('overdue');
    const messages = await claimOverdue(this.dataSource, batchSize, this.options.overdueAfter, longestPause);
    const hindrances = await this.hindrances(messages);
    await Promise.all(
      messages.flatMap((message) =>
        message.missing.map((consumer) =>
          this.lookAfter(message, consumer, hindrances.get(this.queueOf(message, consumer))?.detail),
        ),
      ),
    );
    await postponeOverdue(this.dataSource, this.late(messages, hindrances));
    return messages.length;
  }

  start(): void {
    this.loop.start();
  }

  /** Resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async lookAfter(message: OverdueMessage, consumer: string, hindrance: string | undefined): Promise<void> {
    const { messageId, type } = message;
    const taken = { messageId, type, consumer, attempt: message.round };
    if (hindrance) {
      this.steps.took({ step: 'overdue', ...taken, detail: hindrance });
      return;
    }
    this.steps.before('redelivered');
    const outcome = await this.publisher.publish(
      encode(message, message.payload, directExchange, this.queueOf(message, consumer)),
    );
    if (outcome.outcome === 'confirmed') {
      this.steps.took({
        step: 'redelivered',
        ...taken,
        detail: 'its receipt is overdue and nothing waits in its queue',
      });
      return;
    }
    this.steps.took({
      step: 'overdue',
      ...taken,
      detail: `sending it again was ${outcome.outcome}: ${outcome.reason}`,
    });
  }

  /** Those that go to nobody now, because messages wait before them: to be looked after again the sooner, the fewer these are. */
  private late(messages: readonly OverdueMessage[], hindrances: ReadonlyMap<string, Hindrance>): Postponement[] {
    return messages.flatMap((message) => {
      const waiting = message.missing.map(
        (consumer) => hindrances.get(this.queueOf(message, consumer))?.waiting ?? Number.NaN,
      );
      const longest = Math.max(...waiting);
      if (waiting.length === 0 || Number.isNaN(longest)) return [];
      const pause = Math.min(this.options.overdueAfter * (1 + longest / longQueue), longestPause);
      return [{ messageId: message.messageId, round: message.round, pause }];
    });
  }

  /** For each queue concerned that has one. One look a queue. */
  private async hindrances(messages: readonly OverdueMessage[]): Promise<Map<string, Hindrance>> {
    const queues = new Set(
      messages.flatMap((message) => message.missing.map((consumer) => this.queueOf(message, consumer))),
    );
    const hindrances = new Map<string, Hindrance>();
    for (const queue of queues) {
      const hindrance = hindranceOf(queue, await this.publisher.waiting(queue));
      if (hindrance) hindrances.set(queue, hindrance);
    }
    return hindrances;
  }

  private queueOf(message: OverdueMessage, consumer: string): string {
    return workQueue(consumer as ServiceName, message.type, this.options.queueType).name;
  }
}

function hindranceOf(queue: string, depth: QueueDepth): Hindrance | undefined {
  switch (depth) {
    case 'refused':
      return { detail: `the broker does not let us look into ${queue}: run the provision job` };
    case 'missing':
      return { detail: `the queue ${queue} is gone; its consumer declares it again when it runs` };
    case 'disconnected':
      return { detail: 'the connection to the broker was lost' };
    default: {
      const { messages: waiting } = depth;
      if (waiting === 0) return undefined;
      return { detail: `${waiting} messages wait in ${queue}, it is late and not cut off`, waiting };
    }
  }
}
