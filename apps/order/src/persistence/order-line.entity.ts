import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from './minor-units';

@Entity('order_line')
export class OrderLine {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('text')
  sku!: string;

  /** Where it stood in the request, from 0. */
  @Column('int')
  position!: number;

  @Column('int')
  quantity!: number;

  /** At the time of the order; the price list may change later. */
  @Column('bigint', { name: 'unit_price', transformer: minorUnits })
  unitPrice!: number;
}
