import type { Priority } from '@waybill/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrderStatus } from '../domain/order-status';
import { minorUnits } from './minor-units';

@Entity('order')
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  @Column('text')
  status!: OrderStatus;

  @Column('text')
  priority!: Priority;

  @Column('bigint', { transformer: minorUnits })
  total!: number;

  @Column('text')
  currency!: string;

  @Column('timestamptz', { name: 'placed_at', default: () => 'now()' })
  placedAt!: Date;
}
