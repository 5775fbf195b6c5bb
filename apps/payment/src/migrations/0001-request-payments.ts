import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One payment for each order. */
export class RequestPayments implements MigrationInterface {
  readonly name = 'RequestPayments1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table payment (
        order_id uuid primary key,
        state text not null check (state in ('requested')),
        amount bigint not null check (amount >= 0),
        currency text not null check (length(currency) = 3),
        requested_at timestamptz not null default now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table payment');
  }
}
