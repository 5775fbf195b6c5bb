import type { EntityManager } from 'typeorm';
import type { Envelope } from '../envelope';

export interface DeliveryKey {
  readonly messageId: string;
  readonly consumer: string;
}

export interface FreshClaim {
  readonly envelope: Envelope;
  readonly consumer: string;
  /** Milliseconds since the message came. */
  readonly elapsed: number;
  readonly attemptsAllowed: number;
  /** Milliseconds that this process has for sending the receipt before it is anybody's. */
  readonly receiptLease: number;
}

/** What is to be told in the receipt, once the claim is committed. */
export interface ClaimedTimes {
  readonly receivedAt: Date;
  readonly processedAt: Date;
}

/**
 * Claims a message that has no inbox row yet: writes the row as `processed` in the effect's transaction. Waits for another
 * transaction that is at the same message.
 * @returns undefined when a row is there already: somebody else has the message, or had it.
 */
export async function claimFresh(
  manager: EntityManager,
  { envelope, consumer, elapsed, attemptsAllowed, receiptLease }: FreshClaim,
): Promise<ClaimedTimes | undefined> {
  const [row]: ClaimedTimes[] = await manager.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at, receipt_due_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'processed', 1, 1, $8,
       clock_timestamp() - $9 * interval '1 millisecond', clock_timestamp(), clock_timestamp() + $10 * interval '1 millisecond')
     on conflict do nothing
     returning received_at as "receivedAt", processed_at as "processedAt"`,
    [
      envelope.messageId,
      consumer,
      envelope.producer,
      envelope.type,
      envelope.version,
      envelope.priority,
      envelope.correlationId,
      attemptsAllowed,
      elapsed,
      receiptLease,
    ],
  );
  return row;
}

/** A message of a batch: as a fresh one is claimed, and those of the batch in one statement. */
export type BatchClaim = Pick<FreshClaim, 'envelope' | 'elapsed'>;

/**
 * Claims several fresh messages of one type in one statement. Rows are written in the order of their ids, so that two batches with messages
 * in common cannot wait for each other.
 * @param claims each message once.
 * @returns the times of those that are ours now, by message id; the others have a row already.
 */
export async function claimTogether(
  manager: EntityManager,
  claims: readonly BatchClaim[],
  { consumer, attemptsAllowed, receiptLease }: Pick<FreshClaim, 'consumer' | 'attemptsAllowed' | 'receiptLease'>,
): Promise<ReadonlyMap<string, ClaimedTimes>> {
  const envelopes = claims.map(({ envelope }) => envelope);
  const rows: (ClaimedTimes & { id: string })[] = await manager.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at, receipt_due_at)
     select message_id, $1, producer, type, version, priority, correlation_id, 'processed', 1, 1, $2,
       clock_timestamp() - elapsed * interval '1 millisecond', clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond'
     from unnest($4::uuid[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::float8[])
       as message (message_id, producer, type, version, priority, correlation_id, elapsed)
     order by message_id
     on conflict do nothing
     returning message_id as id, received_at as "receivedAt", processed_at as "processedAt"`,
    [
      consumer,
      attemptsAllowed,
      receiptLease,
      envelopes.map(({ messageId }) => messageId),
      envelopes.map(({ producer }) => producer),
      envelopes.map(({ type }) => type),
      envelopes.map(({ version }) => version),
      envelopes.map(({ priority }) => priority),
      envelopes.map(({ correlationId }) => correlationId),
      claims.map(({ elapsed }) => elapsed),
    ],
  );
  return new Map(rows.map(({ id, ...times }) => [id, times]));
}

/**
 * Claims a message whose attempt was started before: turns its row into `processed` in the effect's transaction.
 * @returns false when the row is not at this attempt any more.
 */
export async function claimStarted(manager: EntityManager, key: DeliveryKey, attempt: number): Promise<boolean> {
  const [rows]: [unknown[], number] = await manager.query(
    `update inbox_message
     set state = 'processed', attempts_finished = attempts_started, processed_at = clock_timestamp(), due_at = null,
       properties = null, body = null, receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
     where message_id = $1 and consumer = $2 and state = 'retrying' and attempts_started = $3
     returning message_id`,
    [key.messageId, key.consumer, attempt],
  );
  return rows.length > 0;
}
