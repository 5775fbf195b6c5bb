import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ReservationState } from '../domain/reservation-state';

/** What became of an order's goods. The order's id is its key, so that no order's goods are set aside twice. */
@Entity('reservation')
export class Reservation {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text')
  state!: ReservationState;

  /** Null for the tombstone of a cancel that overtook its order. */
  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Column('timestamptz', { name: 'released_at', nullable: true })
  releasedAt!: Date | null;

  @Column('timestamptz', { name: 'dispatched_at', nullable: true })
  dispatchedAt!: Date | null;
}
