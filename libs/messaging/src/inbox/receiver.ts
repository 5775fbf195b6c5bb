import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { backoff } from '../backoff';
import { decode, type ReceivedMessage } from '../codec';
import { keepDeadLetter } from '../dead-letters/keep';
import type { Envelope } from '../envelope';
import { FreshReceipts } from '../fresh-receipts';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { type AttemptResult, Attempts } from './attempts';
import { Batches } from './batches';
import { type ClaimedTimes, claimFresh, claimStarted } from './claim-delivery';
import type { EventHandler } from './handlers';
import { insertUnfinished, type UnfinishedMessage } from './record-attempt';
import { recordResult } from './record-result';
import { resendReceipt } from './resend-receipt';
import { attemptLease, receiptLease, retryCap, unknownVersionDelay } from './schedule';

/** Takes a message from the queue to a committed row: processed, retrying, dead, or kept as unreadable. */
@Injectable()
export class Receiver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: Attempts,
    private readonly batches: Batches,
    private readonly freshReceipts: FreshReceipts,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /**
   * Resolves when the message may be acked: what became of it is committed.
   * @param redelivered the broker gave it out before, so it may have killed a process: its start is committed before it runs, and it runs alone.
   * @throws when the database cannot say so; the message must go back to the broker then.
   */
  async receive(message: ReceivedMessage, redelivered: boolean, target: EventHandler, queue: string): Promise<void> {
    this.steps.before('received');
    const arrived = performance.now();
    const { service } = this.options;
    const reading = decode(message, target.entry);
    if (reading.kind === 'unidentified') {
      const id = uuidv7();
      this.steps.before('unreadable');
      await keepDeadLetter(this.dataSource, { id, queue, reason: reading.reason, message });
      this.steps.took({
        step: 'unreadable',
        messageId: id,
        type: target.entry.event.type,
        consumer: service,
        detail: reading.reason,
      });
      return;
    }
    const { envelope } = reading;
    this.steps.took({ step: 'received', messageId: envelope.messageId, type: envelope.type, consumer: service });
    const unfinished = this.unfinished(envelope, message, arrived);
    if (reading.kind === 'readable') {
      const attempt = { envelope, data: reading.data, handler: target.handler, number: 1 };
      const alone = () => this.receiveFresh(attempt, unfinished, arrived);
      if (redelivered) await this.receiveSuspect(attempt, unfinished);
      else if (target.batch === 1) await alone();
      else await this.batches.add(target, { ...attempt, arrivedAt: arrived, handled: this.handled(envelope), alone });
      return;
    }
    const state = reading.kind === 'newer' ? 'retrying' : 'dead';
    await this.keep({ ...unfinished, state, delay: unknownVersionDelay, error: reading.reason });
  }

  private async receiveFresh(
    attempt: Omit<Parameters<Attempts['make']>[0], 'claim'>,
    unfinished: UnfinishedMessage,
    arrived: number,
  ): Promise<void> {
    const { envelope } = attempt;
    const { service, maxAttempts, retryBase } = this.options;
    let times: ClaimedTimes | undefined;
    const claim = async (manager: EntityManager): Promise<boolean> => {
      const elapsed = performance.now() - arrived;
      times = await claimFresh(manager, {
        envelope,
        consumer: service,
        elapsed,
        attemptsAllowed: maxAttempts,
        receiptLease,
      });
      return times !== undefined;
    };
    const result = await this.attempts.make({ ...attempt, claim });
    if (result.kind === 'processed' && times) return this.handled(envelope)(times, result.milliseconds);
    if (result.kind !== 'failed') return this.conclude(envelope, result);
    const dead = result.permanent || (result.counts && maxAttempts <= 1);
    const counted = result.counts ? 1 : 0;
    await this.keep({
      ...unfinished,
      state: dead ? 'dead' : 'retrying',
      attemptsStarted: counted,
      attemptsFinished: counted,
      delay: backoff(1, retryBase, retryCap),
      error: result.error,
      elapsed: performance.now() - arrived,
    });
  }

  private handled(envelope: Envelope) {
    return (times: ClaimedTimes, milliseconds: number): void => {
      const { messageId, type } = envelope;
      const consumer = this.options.service;
      this.freshReceipts.offer(envelope, consumer, times);
      this.steps.took({ step: 'processed', messageId, type, consumer, milliseconds });
    };
  }

  private async receiveSuspect(
    attempt: Omit<Parameters<Attempts['make']>[0], 'claim'>,
    unfinished: UnfinishedMessage,
  ): Promise<void> {
    const { envelope } = attempt;
    const { service, maxAttempts, retryBase, handlerDeadline } = this.options;
    const key = { messageId: envelope.messageId, consumer: service };
    const started = { ...unfinished, attemptsStarted: 1, delay: attemptLease(handlerDeadline), error: null };
    const result = await this.attempts.makeAlone(
      { ...attempt, claim: (manager) => claimStarted(manager, key, 1) },
      () => insertUnfinished(this.dataSource, started),
    );
    await recordResult({
      dataSource: this.dataSource,
      steps: this.steps,
      key,
      type: envelope.type,
      attempt: 1,
      attemptsAllowed: maxAttempts,
      retryBase,
      result,
    });
  }

  private async conclude(
    { messageId, type }: Envelope,
    result: Exclude<AttemptResult, { kind: 'failed' }>,
  ): Promise<void> {
    const consumer = this.options.service;
    if (result.kind === 'processed') {
      this.steps.took({ step: 'processed', messageId, type, consumer, milliseconds: result.milliseconds });
      return;
    }
    this.steps.before('duplicate');
    await resendReceipt(this.dataSource, { messageId, consumer });
    this.steps.took({ step: 'duplicate', messageId, type, consumer });
  }

  private async keep(unfinished: UnfinishedMessage): Promise<void> {
    const { envelope, consumer, state, error } = unfinished;
    this.steps.before(state);
    if (!(await insertUnfinished(this.dataSource, unfinished))) return this.conclude(envelope, { kind: 'absorbed' });
    this.steps.took({
      step: state,
      messageId: envelope.messageId,
      type: envelope.type,
      consumer,
      detail: error ?? undefined,
    });
  }

  private unfinished(envelope: Envelope, message: ReceivedMessage, arrived: number): UnfinishedMessage {
    return {
      envelope,
      consumer: this.options.service,
      message,
      state: 'retrying',
      attemptsStarted: 0,
      attemptsFinished: 0,
      attemptsAllowed: this.options.maxAttempts,
      delay: 0,
      error: null,
      elapsed: performance.now() - arrived,
    };
  }
}
