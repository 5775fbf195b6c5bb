import { Inject, Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { type Settlement, settleOutbox } from './settle';

interface Waiting {
  readonly settlement: Settlement;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Milliseconds in which outcomes gather, unless so many have come. Nobody waits for them: the lease holds. */
const gathering = 10;
const enough = 200;

/** Settles outcomes in one statement for all that came while the one before was under way, and for some time where few come. */
@Injectable()
export class Settler {
  private waiting: Waiting[] = [];
  private flushing = false;
  private flushNow: (() => void) | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /** Resolves when the settlement is committed; rejects when the database refused, and then the lease makes the row due again. */
  settle(settlement: Settlement): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ settlement, done, failed });
      if (this.waiting.length >= enough) this.flushNow?.();
      if (this.flushing) return;
      this.flushing = true;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      if (this.waiting.length < enough) await this.gather();
      const batch = this.waiting;
      this.waiting = [];
      try {
        await settleOutbox(this.dataSource, onePerMessage(batch), this.options.overdueAfter);
        for (const { done } of batch) done();
      } catch (error) {
        // Nothing was written, and whoever we met has what it wanted.
        if (isDeadlock(error)) this.waiting = [...batch, ...this.waiting];
        else for (const { failed } of batch) failed(error);
      }
    }
    this.flushing = false;
  }

  private gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gathering);
      this.flushNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Two attempts of one message may end together: a confirm outweighs all else, then the later attempt. */
function onePerMessage(batch: readonly Waiting[]): Settlement[] {
  const chosen = new Map<string, Settlement>();
  for (const { settlement } of batch) {
    const other = chosen.get(settlement.messageId);
    if (!other || outweighs(settlement, other)) chosen.set(settlement.messageId, settlement);
  }
  return [...chosen.values()];
}

function outweighs(one: Settlement, other: Settlement): boolean {
  if (other.outcome === 'confirmed') return false;
  return one.outcome === 'confirmed' || one.attempt > other.attempt;
}

/** 40P01: deadlock_detected (PostgreSQL, appendix A) */
function isDeadlock(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '40P01';
}
