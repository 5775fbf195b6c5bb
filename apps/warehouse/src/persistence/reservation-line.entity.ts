import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Goods that were set aside for an order. A rejected order has none. */
@Entity('reservation_line')
export class ReservationLine {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  quantity!: number;
}
