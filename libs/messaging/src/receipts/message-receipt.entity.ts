import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ReceiptState } from './receipt';

/** What one consumer told us about one of our messages. Written from receipts only, so `processed` here is proof. */
@Entity('message_receipt')
export class MessageReceipt {
  @PrimaryColumn('uuid', { name: 'message_id' })
  messageId!: string;

  @PrimaryColumn('text')
  consumer!: string;

  @Column('text')
  state!: ReceiptState;

  /** Attempts that the consumer had made when it reported. Never goes down. */
  @Column('integer')
  attempt!: number;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'processed_at', nullable: true })
  processedAt!: Date | null;

  /** While `retrying`: the consumer's next attempt. */
  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  @Column('timestamptz', { name: 'receipt_at' })
  receiptAt!: Date;

  @Column('text', { nullable: true })
  error!: string | null;
}
