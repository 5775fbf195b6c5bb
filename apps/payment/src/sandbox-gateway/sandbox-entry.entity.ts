import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { GatewayOperation } from '../domain/payment-gateway';

/** An operation in the sandbox gateway's log. Rows are added and never changed. */
@Entity('sandbox_gateway_entry')
export class SandboxEntry {
  @PrimaryColumn('text')
  key!: string;

  @Column('text')
  operation!: GatewayOperation;

  @Column('uuid', { name: 'order_id' })
  orderId!: string;

  /** The authorisation that this captures or voids. */
  @Column('text', { name: 'authorization_key', nullable: true })
  authorizationKey!: string | null;

  /** Minor units of the currency. */
  @Column('bigint', { transformer: { from: Number, to: (amount: number) => amount } })
  amount!: number;

  @Column('text')
  currency!: string;

  @Column('text')
  outcome!: 'approved' | 'declined';

  /** Why it was declined. */
  @Column('text', { nullable: true })
  reason!: string | null;

  /** Of an authorisation: why its capture will be declined. */
  @Column('text', { name: 'capture_refusal', nullable: true })
  captureRefusal!: string | null;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;
}
