import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One payment for each order. */
export class RequestPayments implements MigrationInterface {
  readonly name = 'RequestPayments1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table payment (
        order_id uuid primary key,
        state text not null
          check (state in ('requested', 'authorized', 'declined', 'captured', 'capture-failed', 'voided')),
        amount bigint check (amount >= 0),
        currency text check (length(currency) = 3),
        reason text,
        requested_at timestamptz default now(),
        decided_at timestamptz,
        captured_at timestamptz,
        voided_at timestamptz,
        constraint only_a_tombstone_was_not_requested check (requested_at is not null or state = 'voided'),
        constraint requested_is_an_amount check (
          (requested_at is null) = (amount is null) and (requested_at is null) = (currency is null)),
        constraint decided_is_dated check (state = 'voided' or (state = 'requested') = (decided_at is null)),
        constraint captured_is_dated check ((state = 'captured') = (captured_at is not null)),
        constraint voided_is_dated check ((state = 'voided') = (voided_at is not null)),
        constraint declined_has_a_reason check ((state in ('declined', 'capture-failed')) = (reason is not null))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table payment');
  }
}
