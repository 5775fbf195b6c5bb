import { AsyncResource } from 'node:async_hooks';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { cut } from '../cut';
import type { Envelope } from '../envelope';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { OutboxCommit } from '../outbox-commit';
import type { RecordedMessage } from '../recorded-message';
import { rollBack } from '../roll-back';
import { storableError } from '../storable';
import { BatchedDelivery } from './batched-delivery';
import { type ClaimedTimes, claimTogether } from './claim-delivery';
import type { EventHandler } from './handlers';
import { runHandler } from './run-handler';
import { receiptLease } from './schedule';
import { withinDeadline } from './within-deadline';

/** A message that has come, and what is to be done with it when its turn has come. */
export interface BatchEntry {
  readonly envelope: Envelope;
  readonly data: unknown;
  /** Of `performance.now()`. */
  readonly arrivedAt: number;
  /** It was handled with others, and is committed. */
  readonly handled: (times: ClaimedTimes, milliseconds: number) => void;
  /** It is handled by itself. */
  readonly alone: () => Promise<void>;
}

interface Waiting extends BatchEntry {
  /** Runs a function where the message came, as far as anybody can tell who follows it (AsyncLocalStorage). */
  readonly inItsContext: <Result>(work: () => Result) => Result;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Ends a batch in which a message was handled before: that one is left out the next time, alone. */
class Incomplete extends Error {}

/**
 * Handles messages of a consumer that has opted in, several in one transaction: those that came while the batch before was under way, so that
 * where little comes each is handled at once. Handlers run one after the other. When anything fails, all of it is rolled back and each
 * message is handled by itself: effects are committed once, a handler may run twice.
 */
@Injectable()
export class Batches {
  private readonly logger = new Logger('Batches');
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: MessageSteps,
    private readonly outboxCommit: OutboxCommit,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /** Resolves when the message may be acked; rejects as `alone` does. */
  add(target: EventHandler, entry: BatchEntry): Promise<void> {
    return new Promise((done, failed) => {
      const { type } = target.entry.event;
      const queue = this.waiting.get(type);
      const context = new AsyncResource('Waiting');
      const inItsContext: Waiting['inItsContext'] = (work) => context.runInAsyncScope(work);
      const waiting = { ...entry, inItsContext, done, failed };
      if (queue) {
        queue.push(waiting);
        return;
      }
      this.waiting.set(type, [waiting]);
      // What has come in the same packet is in the first batch.
      setImmediate(() => void this.work(target));
    });
  }

  private async work(target: EventHandler): Promise<void> {
    const { type } = target.entry.event;
    const queue = this.waiting.get(type) ?? [];
    while (queue.length > 0) {
      const batch = queue.splice(0, target.batch);
      if (batch.length > 1 && (await this.together(target.handler, batch))) for (const { done } of batch) done();
      else for (const { alone, inItsContext, done, failed } of batch) await inItsContext(alone).then(done, failed);
    }
    this.waiting.delete(type);
  }

  /** @returns false when nothing was committed. */
  private async together(handler: MessageHandler, batch: readonly Waiting[]): Promise<boolean> {
    const queryRunner = this.dataSource.createQueryRunner();
    try {
      const running = this.transact(handler, batch, queryRunner);
      await withinDeadline(this.options.handlerDeadline, { running, abandon: () => cut(queryRunner) });
      return true;
    } catch (error) {
      if (!(error instanceof Incomplete)) {
        const why = storableError(error);
        this.logger.warn(
          `${batch.length} messages are handled one by one, for they could not be handled together: ${why}`,
        );
      }
      await rollBack(queryRunner);
      return false;
    } finally {
      await queryRunner.release();
    }
  }

  private async transact(handler: MessageHandler, batch: readonly Waiting[], queryRunner: QueryRunner): Promise<void> {
    const began = performance.now();
    await queryRunner.startTransaction();
    const times = await this.claim(queryRunner.manager, batch);
    const recorded = new Map<RecordedMessage, Waiting>();
    for (const entry of batch) {
      const messages = await entry.inItsContext(() => this.handle(handler, entry, queryRunner.manager));
      for (const message of messages) recorded.set(message, entry);
    }
    this.steps.before('processed');
    await this.outboxCommit.commit(queryRunner, [...recorded.keys()], (message, tell) =>
      recorded.get(message)?.inItsContext(tell),
    );
    const milliseconds = performance.now() - began;
    for (const { envelope, handled, inItsContext } of batch) {
      const claimed = times.get(envelope.messageId) as ClaimedTimes;
      inItsContext(() => handled(claimed, milliseconds));
    }
  }

  private async claim(manager: EntityManager, batch: readonly Waiting[]): Promise<ReadonlyMap<string, ClaimedTimes>> {
    const { service: consumer, maxAttempts: attemptsAllowed } = this.options;
    const claims = batch.map(({ envelope, arrivedAt }) => ({ envelope, elapsed: performance.now() - arrivedAt }));
    const times = await claimTogether(manager, claims, { consumer, attemptsAllowed, receiptLease });
    if (times.size < batch.length) throw new Incomplete('Somebody else has one of them, or had it');
    return times;
  }

  private async handle(
    handler: MessageHandler,
    { envelope, data }: Waiting,
    manager: EntityManager,
  ): Promise<readonly RecordedMessage[]> {
    const { service, catalogue } = this.options;
    const delivery = new BatchedDelivery({ envelope, service, catalogue, manager });
    await runHandler(handler, data, delivery);
    return delivery.recorded;
  }
}
