import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * - `processed`: the effect is committed, in the transaction that wrote this. Final; kept for as long as a duplicate may come.
 * - `retrying`: failed, or its version is not known yet; the retry loop takes it up at `due_at`.
 * - `dead`: out of attempts, or it can never succeed. Stays until a person replays it.
 */
export type InboxState = 'processed' | 'retrying' | 'dead';

/** One message that this service received and could identify. */
@Entity('inbox_message')
export class InboxMessage {
  @PrimaryColumn('uuid', { name: 'message_id' })
  messageId!: string;

  @PrimaryColumn('text')
  consumer!: string;

  @Column('text')
  producer!: string;

  @Column('text')
  type!: string;

  @Column('integer')
  version!: number;

  @Column('smallint')
  priority!: number;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('text')
  state!: InboxState;

  /** Counted before the handler runs, so that a message that kills the process is counted too. */
  @Column('integer', { name: 'attempts_started' })
  attemptsStarted!: number;

  /** One less than started while an attempt runs, and after one whose process died. */
  @Column('integer', { name: 'attempts_finished' })
  attemptsFinished!: number;

  @Column('integer', { name: 'attempts_allowed' })
  attemptsAllowed!: number;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** AMQP properties and headers as they came, while they are needed for another attempt. */
  @Column('json', { nullable: true })
  properties!: unknown;

  /** The body as it came, byte for byte, while it is needed for another attempt. */
  @Column('bytea', { nullable: true })
  body!: Buffer | null;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'processed_at', nullable: true })
  processedAt!: Date | null;

  @Column('text', { nullable: true })
  error!: string | null;

  /** Raised with each change that the producer should know of. */
  @Column('integer', { name: 'receipt_seq' })
  receiptSeq!: number;

  /** The last one whose receipt the broker confirmed. */
  @Column('integer', { name: 'receipt_sent_seq' })
  receiptSentSeq!: number;

  @Column('timestamptz', { name: 'receipt_due_at' })
  receiptDueAt!: Date;

  @Column('timestamptz', { name: 'replayed_at', nullable: true })
  replayedAt!: Date | null;

  @Column('text', { name: 'replayed_by', nullable: true })
  replayedBy!: string | null;
}
