import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A message without an id that could be trusted: unreadable, or from somebody who may not send it. Its key is our own. */
@Entity('dead_letter')
export class DeadLetter {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  queue!: string;

  @Column('text')
  reason!: string;

  @Column('json')
  properties!: unknown;

  /** Byte for byte as it came. */
  @Column('bytea')
  body!: Buffer;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'replayed_at', nullable: true })
  replayedAt!: Date | null;

  @Column('text', { name: 'replayed_by', nullable: true })
  replayedBy!: string | null;
}
