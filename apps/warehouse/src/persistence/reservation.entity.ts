import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ReservationState } from '../domain/reservation-state';

/** A line of an order. Its key makes sure that no order's goods are set aside twice. */
@Entity('reservation')
export class Reservation {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('text')
  state!: ReservationState;

  @Column('timestamptz', { name: 'decided_at', default: () => 'now()' })
  decidedAt!: Date;
}
