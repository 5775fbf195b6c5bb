import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { DataSource, QueryFailedError } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { BrokerConnection } from './broker/broker-connection';
import { declareQueue } from './broker/declare-topology';
import { Subscription, type SubscriptionState, type Verdict } from './broker/subscription';
import { directExchange, type Queue } from './broker/topology';
import type { ReceivedMessage } from './codec';
import { CONSUMING_CONNECTION } from './connections';
import { keepDeadLetter } from './dead-letters/keep';
import { MessageSteps } from './message-step';
import { storableError } from './storable';

export interface Intake {
  readonly queue: Queue;
  readonly prefetch: number;
  /** Resolves when what became of the message is committed; rejects when the database could not take it. */
  handle(message: ReceivedMessage, redelivered: boolean): Promise<void>;
}

const probeEvery = 1_000;

/**
 * Everything that this service consumes. While the database is away all of it is paused: deliveries go back to the broker once and wait
 * there, and consuming goes on when the database answers again.
 */
@Injectable()
export class Consumption {
  private readonly logger = new Logger('Consumption');
  private readonly subscriptions = new Map<string, Subscription>();
  private stopping = false;
  private recovery: Promise<void> | undefined;
  private endProbeWait: (() => void) | undefined;

  constructor(
    @Inject(CONSUMING_CONNECTION) private readonly connection: BrokerConnection,
    private readonly dataSource: DataSource,
    private readonly steps: MessageSteps,
  ) {}

  /** Starts consuming a queue, now or as soon as there is a broker. */
  add(intake: Intake): void {
    const { queue, prefetch } = intake;
    const subscription: Subscription = new Subscription({
      connection: this.connection,
      queue: queue.name,
      prefetch,
      prepare: (channel) => declareQueue(channel, queue),
      onDelivery: (message, redelivered) => this.deliver(intake, subscription, message, redelivered),
      onAnswered: ({ properties }, verdict) =>
        this.steps.took({
          step: verdict === 'ack' ? 'acked' : 'given-back',
          messageId: String(properties.messageId),
          type: String(properties.type),
        }),
      onState: (state) => this.tell(queue.name, state),
    });
    this.subscriptions.set(queue.name, subscription);
    subscription.start();
  }

  /** Where each queue's consumer stands. */
  get states(): ReadonlyMap<string, SubscriptionState> {
    return new Map([...this.subscriptions].map(([queue, subscription]) => [queue, subscription.state]));
  }

  /** Takes no more deliveries; resolves when those in hand are ended and acked. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endProbeWait?.();
    await this.recovery;
    await Promise.all([...this.subscriptions.values()].map((subscription) => subscription.stop()));
  }

  private async deliver(
    intake: Intake,
    subscription: Subscription,
    message: ConsumeMessage,
    redelivered: boolean,
  ): Promise<Verdict> {
    const { queue, handle } = intake;
    if (message.fields.exchange === directExchange && queue.bindings.length > 1) this.declareAgain(queue, subscription);
    const received: ReceivedMessage = { properties: { ...message.properties }, body: message.content };
    let verdict: Verdict = 'ack';
    try {
      await handle(received, redelivered);
    } catch (error) {
      verdict = await this.givenUp(error, received, queue.name);
    }
    this.steps.before(verdict === 'ack' ? 'acked' : 'given-back');
    return verdict;
  }

  /** It came to this queue alone, so the event exchange did not bring it: the binding may be gone. */
  private declareAgain(queue: Queue, subscription: Subscription): void {
    subscription.prepareAgain().then(
      () => this.logger.warn(`${queue.name} got a message by redelivery: its bindings are declared again`),
      (error: Error) => this.logger.error(`${queue.name}: ${error.message}`),
    );
  }

  private async givenUp(error: unknown, message: ReceivedMessage, queue: string): Promise<Verdict> {
    if (isDataFault(error)) {
      const reason = `it could not be recorded: ${storableError(error)}`;
      this.logger.error(`A message of ${queue} is kept as a dead letter: ${reason}`);
      try {
        await keepDeadLetter(this.dataSource, { id: uuidv7(), queue, reason, message });
        return 'ack';
      } catch (second) {
        this.pauseUntilDatabaseAnswers(second);
        return 'return';
      }
    }
    this.pauseUntilDatabaseAnswers(error);
    return 'return';
  }

  private pauseUntilDatabaseAnswers(error: unknown): void {
    if (this.recovery || this.stopping) return;
    const reason = `The database does not take what was consumed (${storableError(error)})`;
    this.logger.warn(`${reason}: consuming is paused, deliveries go back to the broker and wait there`);
    this.recovery = this.recover(reason).finally(() => {
      this.recovery = undefined;
    });
  }

  private async recover(reason: string): Promise<void> {
    const pauses = [...this.subscriptions.values()].map((subscription) => subscription.pause(reason));
    do {
      await this.probeWait();
    } while (!this.stopping && !(await this.databaseAnswers()));
    await Promise.all(pauses);
    if (this.stopping) return;
    this.logger.log('The database answers: consuming again');
    for (const subscription of this.subscriptions.values()) subscription.resume();
  }

  private async databaseAnswers(): Promise<boolean> {
    try {
      await this.dataSource.query('select 1');
      return true;
    } catch (error) {
      this.logger.debug(`The database does not answer yet: ${(error as Error).message}`);
      return false;
    }
  }

  private probeWait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, probeEvery);
      this.endProbeWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private tell(queue: string, { status, reason }: SubscriptionState): void {
    if (reason === undefined || status === 'paused') this.logger.debug(`${queue}: ${status}`);
    else if (status === 'consuming') this.logger.log(`${queue}: ${reason}`);
    else this.logger.warn(`${queue}: ${status}: ${reason}`);
  }
}

/** The database is there and refuses this very message: SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation). */
function isDataFault(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return /^2[23]/.test((error.driverError as { code?: string }).code ?? '');
}
