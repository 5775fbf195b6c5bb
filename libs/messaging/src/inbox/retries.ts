import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { decode } from '../codec';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { PollLoop } from '../poll-loop';
import { type AttemptResult, Attempts } from './attempts';
import { claimStarted } from './claim-delivery';
import { buryUnfinished, type ClaimedRetry, claimRetries } from './claim-retries';
import { Handlers } from './handlers';
import { recordResult } from './record-result';
import { attemptLease, wakeKnownVersionsEvery } from './schedule';
import { awaitVersion, wakeKnownVersions } from './unknown-version';

/** Attempts under way at once. */
const concurrency = 20;

/**
 * Makes the attempts that are due. Ordinary ones run side by side; those whose last attempt never ended run one at a time, so that one
 * which kills the process takes no other's attempt with it more than once.
 */
@Injectable()
export class Retries {
  private readonly logger = new Logger('Retries');
  private readonly running = new Set<Promise<void>>();
  private suspect: Promise<void> | undefined;
  private versionsWokenAt = Number.NEGATIVE_INFINITY;
  private readonly loop: PollLoop;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: Handlers,
    private readonly attempts: Attempts,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {
    this.loop = new PollLoop({
      name: 'The retry loop',
      runOnce: () => this.fill(),
      shortestWait: 100,
      longestWait: 1_000,
      logger: this.logger,
    });
    steps.on((taken) => {
      if (taken.step === 'replayed') this.loop.wake();
    });
  }

  /** Makes every attempt that is due now, up to the limit of one pass. Resolves with their number when all have ended. */
  async runOnce(): Promise<number> {
    const begun = await this.begin();
    await Promise.all(begun);
    return begun.length;
  }

  start(): void {
    this.loop.start();
  }

  /** Begins no more, and resolves when every attempt under way has ended. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.running);
  }

  private async fill(): Promise<boolean> {
    const begun = await this.begin();
    if (this.running.size < concurrency) return begun.length > 0;
    await Promise.race(this.running);
    return true;
  }

  private async begin(): Promise<Promise<void>[]> {
    if (performance.now() - this.versionsWokenAt >= wakeKnownVersionsEvery) {
      await wakeKnownVersions(this.dataSource, this.handlers.all());
      this.versionsWokenAt = performance.now();
    }
    if (!(await this.isAnyDue())) return [];
    for (const buried of await buryUnfinished(this.dataSource)) {
      this.steps.took({ step: 'dead', ...buried, consumer: this.options.service, detail: 'its attempts never ended' });
    }
    const lease = attemptLease(this.options.handlerDeadline);
    const begun: Promise<void>[] = [];
    const room = concurrency - this.running.size;
    if (room > 0) {
      const ordinary = await claimRetries(this.dataSource, room, lease, false);
      for (const retry of ordinary) begun.push(this.track(this.run(retry, (attempt) => this.attempts.make(attempt))));
    }
    if (!this.suspect) {
      const [retry] = await claimRetries(this.dataSource, 1, lease, true);
      if (retry) {
        this.suspect = this.track(this.run(retry, (attempt) => this.attempts.makeAlone(attempt, async () => true)));
        begun.push(this.suspect);
      }
    }
    return begun;
  }

  /** One statement instead of three while there is nothing to do, which is nearly always. Index: inbox_message_retrying. */
  private async isAnyDue(): Promise<boolean> {
    const [found]: { due: boolean }[] = await this.dataSource.query(
      `select exists (select from inbox_message where state = 'retrying' and due_at <= clock_timestamp()) as due`,
    );
    return found?.due === true;
  }

  private track(work: Promise<void>): Promise<void> {
    const tracked: Promise<void> = work
      .catch((error) =>
        this.logger.error(
          `An attempt's result could not be written, it will be made again: ${(error as Error).message}`,
        ),
      )
      .finally(() => {
        this.running.delete(tracked);
        if (this.suspect === tracked) this.suspect = undefined;
      });
    this.running.add(tracked);
    return tracked;
  }

  private async run(retry: ClaimedRetry, make: Attempts['make']): Promise<void> {
    const { messageId, consumer, type, attempt, message } = retry;
    const key = { messageId, consumer };
    const target = this.handlers.find(type);
    if (!target) return this.conclude(retry, failed(`${consumer} has no handler for ${type} any more`));
    const reading = decode(message, target.entry);
    if (reading.kind === 'newer') return awaitVersion(this.dataSource, key, attempt, reading.reason);
    if (reading.kind !== 'readable') return this.conclude(retry, failed(reading.reason));
    const result = await make({
      envelope: reading.envelope,
      data: reading.data,
      handler: target.handler,
      number: attempt,
      claim: (manager) => claimStarted(manager, key, attempt),
    });
    await this.conclude(retry, result);
  }

  private async conclude(
    { messageId, consumer, type, attempt, attemptsAllowed }: ClaimedRetry,
    result: AttemptResult,
  ): Promise<void> {
    await recordResult({
      dataSource: this.dataSource,
      steps: this.steps,
      key: { messageId, consumer },
      type,
      attempt,
      attemptsAllowed,
      retryBase: this.options.retryBase,
      result,
    });
  }
}

function failed(error: string): AttemptResult {
  return { kind: 'failed', error, permanent: true, counts: true };
}
