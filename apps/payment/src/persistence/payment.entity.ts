import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentState } from '../domain/payment-state';

/** pg reads a bigint as text. The amounts we allow are far below 2^53. */
const minorUnits = {
  from: (amount: string | null) => (amount === null ? null : Number(amount)),
  to: (amount: number | null) => amount,
};

/** What is to be collected for an order. The order's id is its key, so that an order can never be charged for twice. */
@Entity('payment')
export class Payment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text')
  state!: PaymentState;

  /** Minor units of the currency. Null, as `currency` and `requestedAt` are, for the tombstone of a cancel that overtook its order. */
  @Column('bigint', { nullable: true, transformer: minorUnits })
  amount!: number | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  /** Why the gateway declined: the authorisation, or the capture. For a person. */
  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz', { name: 'requested_at', nullable: true, default: () => 'now()' })
  requestedAt!: Date | null;

  /** When the gateway was last asked for the amount, or was about to be. */
  @Column('timestamptz', { name: 'asked_at', nullable: true })
  askedAt!: Date | null;

  /** When the gateway's answer about the authorisation was recorded. */
  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Column('timestamptz', { name: 'captured_at', nullable: true })
  capturedAt!: Date | null;

  @Column('timestamptz', { name: 'voided_at', nullable: true })
  voidedAt!: Date | null;
}

/** @throws Error for a tombstone, for which nothing is to be collected. */
export function amountOf({ orderId, amount, currency }: Payment): { amount: number; currency: string } {
  if (amount === null || currency === null) throw new Error(`nothing was requested for the order ${orderId}`);
  return { amount, currency };
}
