import { Inject, Injectable, Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { Envelope } from '../envelope';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { OutboxCommit } from '../outbox-commit';
import { PermanentError } from '../permanent-error';
import { storableError } from '../storable';
import { HandledDelivery } from './handled-delivery';
import { runHandler } from './run-handler';
import { withinDeadline } from './within-deadline';

export interface Attempt {
  readonly envelope: Envelope;
  readonly data: unknown;
  readonly handler: MessageHandler;
  /** 1 for the first. */
  readonly number: number;
  readonly claim: (manager: EntityManager) => Promise<boolean>;
}

/**
 * - `processed`: the effect is committed.
 * - `absorbed`: somebody else has the message, or had it; nothing was changed.
 * - `failed`: nothing was changed. `permanent`: it can never succeed; `counts` false: not the message's failure (a deadlock, a full disk).
 */
export type AttemptResult =
  | { readonly kind: 'processed'; readonly milliseconds: number }
  | { readonly kind: 'absorbed' }
  | { readonly kind: 'failed'; readonly error: string; readonly permanent: boolean; readonly counts: boolean };

const absorbed: AttemptResult = { kind: 'absorbed' };

/**
 * What Postgres says that is not the message's failure (PostgreSQL, appendix A): it met others (serialization_failure, deadlock_detected,
 * lock_not_available), or the server can do no work now (disk_full, too_many_connections, read_only_sql_transaction after a failover,
 * admin_shutdown, crash_shutdown, cannot_connect_now). A connection that broke is not among them: a message may be what breaks it.
 */
const surroundings = new Set(['40001', '40P01', '55P03', '53100', '53300', '25006', '57P01', '57P02', '57P03']);

/** Runs handlers: one attempt at one message, within the handler's deadline. */
@Injectable()
export class Attempts {
  private readonly logger = new Logger('Attempts');
  private lastAlone: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: MessageSteps,
    private readonly outboxCommit: OutboxCommit,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /** Never rejects on account of the handler. */
  async make(attempt: Attempt): Promise<AttemptResult> {
    const started = performance.now();
    const { service, catalogue } = this.options;
    const delivery = new HandledDelivery({
      dataSource: this.dataSource,
      service,
      catalogue,
      steps: this.steps,
      outboxCommit: this.outboxCommit,
      envelope: attempt.envelope,
      attempt: attempt.number,
      claim: attempt.claim,
    });
    let error: unknown;
    try {
      await withinDeadline(this.options.handlerDeadline, {
        running: runHandler(attempt.handler, attempt.data, delivery),
        abandon: () => delivery.abandon(),
      });
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : (delivery.thrown ?? thrown);
    }
    if (delivery.state === 'absorbed') return absorbed;
    if (delivery.state === 'open') return toFailure(error, delivery);
    if (error)
      this.logger.warn(
        `${delivery.type} ${delivery.messageId}: failed after its effect was committed: ${storableError(error)}`,
      );
    return { kind: 'processed', milliseconds: performance.now() - started };
  }

  /**
   * Like `make`, one at a time: for messages that may have killed a process, so that they take no neighbour with them again.
   * @param begin commits the attempt's start when its turn has come; false when somebody else has the message.
   * @throws what `begin` throws.
   */
  makeAlone(attempt: Attempt, begin: () => Promise<boolean>): Promise<AttemptResult> {
    const turn = this.lastAlone.then(async () => ((await begin()) ? this.make(attempt) : absorbed));
    this.lastAlone = turn.catch(() => {});
    return turn;
  }
}

function toFailure(error: unknown, { couldNotBegin }: HandledDelivery): AttemptResult {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return {
    kind: 'failed',
    error: storableError(error),
    permanent: error instanceof PermanentError,
    counts: !couldNotBegin && !(code && surroundings.has(code)),
  };
}
