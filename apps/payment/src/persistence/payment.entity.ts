import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentState } from '../domain/payment-state';

/** What is to be collected for an order. The order's id is its key, so that an order can never be charged for twice. */
@Entity('payment')
export class Payment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text')
  state!: PaymentState;

  /** Minor units of the currency. */
  @Column('bigint', { transformer: { from: Number, to: (amount: number) => amount } })
  amount!: number;

  @Column('text')
  currency!: string;

  @Column('timestamptz', { name: 'requested_at', default: () => 'now()' })
  requestedAt!: Date;
}
