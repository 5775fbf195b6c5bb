import type { Priority } from '@waybill/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CaptureAnswer, PaymentAnswer, StockAnswer } from '../domain/order-answers';
import type { CancelReason } from '../domain/order-flow';
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

  @Column('text', { nullable: true })
  payment: PaymentAnswer | null = null;

  @Column('text', { nullable: true })
  stock: StockAnswer | null = null;

  @Column('text', { nullable: true })
  capture: CaptureAnswer | null = null;

  /** The gateway's words, for a person. Where the capture failed, and nowhere else. */
  @Column('text', { name: 'capture_failure', nullable: true })
  captureFailure: string | null = null;

  /** Where it is cancelled, and nowhere else. */
  @Column('text', { name: 'cancel_reason', nullable: true })
  cancelReason: CancelReason | null = null;

  @Column('timestamptz', { name: 'placed_at', default: () => 'now()' })
  placedAt!: Date;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt: Date | null = null;

  @Column('timestamptz', { name: 'dispatched_at', nullable: true })
  dispatchedAt: Date | null = null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt: Date | null = null;

  @Column('timestamptz', { name: 'cancelled_at', nullable: true })
  cancelledAt: Date | null = null;
}
