import { Inject, Injectable } from '@nestjs/common';
import { type Transaction, Transactions } from '@waybill/messaging';
import { Environment } from '@waybill/service';
import type { EntityManager } from 'typeorm';
import type { OrderEnvironment } from '../environment';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  /** The path of what the request made. */
  readonly location: string;
  /** The text as it is sent, kept to the byte. */
  readonly body: string;
}

/** A request that its client may send again, and what tells it from others. */
export interface RepeatableRequest {
  readonly customerId: string;
  /** Chosen by the client. Other customers may use the same. */
  readonly key: string;
  /** 32 bytes, the same for the same request. */
  readonly fingerprint: Buffer;
}

/**
 * - `first`: answered now.
 * - `replayed`: it was answered before; this is that answer.
 * - `in-progress`: a request with this key is being answered at this moment.
 * - `key-reused`: the key was used for another request.
 */
export type Outcome =
  | { readonly kind: 'first' | 'replayed'; readonly answer: Answer }
  | { readonly kind: 'in-progress' | 'key-reused' };

interface KeptRow extends Answer {
  readonly fingerprint: Buffer;
  readonly expired: boolean;
}

/** How many expired answers go with each that is kept: more than one, so that they cannot pile up. */
const expiredPerAnswer = 10;

/** Answers a request once, however often it comes: the answer is kept in the transaction of its effect. */
@Injectable()
export class KeptAnswers {
  constructor(
    private readonly transactions: Transactions,
    @Inject(Environment) private readonly environment: OrderEnvironment,
  ) {}

  /**
   * Runs `answer` unless this request was answered before, less than IDEMPOTENCY_KEY_TTL ago. Its key is locked until the transaction ends,
   * also when it ends with its process, so that nothing is ever left in progress.
   * @param request undefined where the client gave no key: nothing is kept then.
   * @throws what `answer` throws, after a rollback: nothing is kept, and the key is as it was.
   */
  answerOnce(request: RepeatableRequest | undefined, answer: (tx: Transaction) => Promise<Answer>): Promise<Outcome> {
    return this.transactions.run(async (tx): Promise<Outcome> => {
      if (request === undefined) return { kind: 'first', answer: await answer(tx) };
      const [isLocked, kept] = await Promise.all([lockKey(tx.manager, request), findAnswer(tx.manager, request)]);
      if (!isLocked) return { kind: 'in-progress' };
      if (kept && !kept.expired) {
        return kept.fingerprint.equals(request.fingerprint)
          ? { kind: 'replayed', answer: kept }
          : { kind: 'key-reused' };
      }
      if (kept) await deleteAnswer(tx.manager, request);
      const first = await answer(tx);
      const { IDEMPOTENCY_KEY_TTL } = this.environment;
      await Promise.all([keepAnswer(tx.manager, request, first, IDEMPOTENCY_KEY_TTL), deleteExpired(tx.manager)]);
      return { kind: 'first', answer: first };
    });
  }
}

/** Does not wait. The lock ends with the transaction. */
async function lockKey(manager: EntityManager, { customerId, key }: RepeatableRequest): Promise<boolean> {
  const [row]: { locked: boolean }[] = await manager.query(
    'select pg_try_advisory_xact_lock(hashtextextended($1, hashtextextended($2, 0))) as locked',
    [key, customerId],
  );
  return row?.locked === true;
}

/**
 * To be sent in a statement of its own, behind the one that takes the lock, whose answer it need not wait for: each statement sees what was
 * committed before it began (read committed), so one that also took the lock would miss an answer that was committed while it did.
 */
async function findAnswer(
  manager: EntityManager,
  { customerId, key }: RepeatableRequest,
): Promise<KeptRow | undefined> {
  const [row]: KeptRow[] = await manager.query(
    `select fingerprint, status, location, body, expires_at <= now() as expired
     from kept_answer where customer_id = $1 and key = $2`,
    [customerId, key],
  );
  return row;
}

async function deleteAnswer(manager: EntityManager, { customerId, key }: RepeatableRequest): Promise<void> {
  await manager.query('delete from kept_answer where customer_id = $1 and key = $2', [customerId, key]);
}

/** @param lifetime milliseconds. */
async function keepAnswer(
  manager: EntityManager,
  { customerId, key, fingerprint }: RepeatableRequest,
  { status, location, body }: Answer,
  lifetime: number,
): Promise<void> {
  await manager.query(
    `insert into kept_answer (customer_id, key, fingerprint, status, location, body, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')`,
    [customerId, key, fingerprint, status, location, body, lifetime],
  );
}

/**
 * Last in its transaction, and past what others have locked: so it waits for nobody, and two of them cannot wait for each other. By
 * now(), because an index is of no use to a comparison with clock_timestamp(), which changes while it is read.
 */
async function deleteExpired(manager: EntityManager): Promise<void> {
  await manager.query(
    `delete from kept_answer k using (
       select customer_id, key from kept_answer where expires_at <= now()
       order by expires_at limit $1 for update skip locked
     ) as expired
     where k.customer_id = expired.customer_id and k.key = expired.key`,
    [expiredPerAnswer],
  );
}
