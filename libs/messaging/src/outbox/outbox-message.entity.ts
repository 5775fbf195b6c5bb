import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PublishOutcome } from '../broker/publish-outcome';

/**
 * - `pending`: recorded, and not confirmed by the broker. The relay moves it on, as soon as there is a broker.
 * - `confirmed`: the broker has it. Final. Whether a consumer has it too is for the receipts to say.
 * - `parked`: the row itself can never be sent (too large, cannot be serialised); `last_error` says why. Final; a person decides.
 */
export type OutboxState = 'pending' | 'confirmed' | 'parked';

/** One event that this service recorded: a row for each message, written in the transaction that caused it. */
@Entity('outbox_message')
export class OutboxMessage {
  /** UUID v7; the message id on the wire and at every consumer. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  producer!: string;

  @Column('text')
  type!: string;

  @Column('integer')
  version!: number;

  @Column('text', { name: 'aggregate_id' })
  aggregateId!: string;

  @Column('integer', { name: 'aggregate_version', nullable: true })
  aggregateVersion!: number | null;

  /** 0 (bulk) to 4 (urgent). */
  @Column('smallint')
  priority!: number;

  @Column('json')
  payload!: unknown;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('uuid', { name: 'causation_id', nullable: true })
  causationId!: string | null;

  /** Who owes a receipt: the contract's consumers on the day it was recorded. */
  @Column('text', { array: true })
  consumers!: string[];

  @Column('text')
  state!: OutboxState;

  /** Publishes begun. */
  @Column('integer')
  attempts!: number;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt!: Date;

  /** Not to be sent before. */
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  /** Until then one relay has it; afterwards it is due again, whatever became of that relay. */
  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  /** When the last attempt began: the claim, or the recording where the message is sent from its transaction. */
  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  @Column('text', { name: 'last_outcome', nullable: true })
  lastOutcome!: PublishOutcome['outcome'] | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  /** When somebody will ask next where the missing receipts are. */
  @Column('timestamptz', { name: 'overdue_at', nullable: true })
  overdueAt!: Date | null;

  /** How often somebody asked. */
  @Column('integer', { name: 'overdue_rounds' })
  overdueRounds!: number;

  /** When the last named consumer reported `processed` or `dead`. */
  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
