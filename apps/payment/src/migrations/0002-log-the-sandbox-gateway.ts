import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the sandbox gateway has done: its own books, of which payment knows nothing. */
export class LogTheSandboxGateway implements MigrationInterface {
  readonly name = 'LogTheSandboxGateway1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sandbox_gateway_entry (
        key text primary key,
        operation text not null check (operation in ('authorize', 'capture', 'void')),
        order_id uuid not null,
        authorization_key text references sandbox_gateway_entry (key),
        amount bigint not null check (amount >= 0),
        currency text not null check (length(currency) = 3),
        outcome text not null check (outcome in ('approved', 'declined')),
        reason text,
        capture_refusal text,
        at timestamptz not null default clock_timestamp(),
        constraint a_settlement_has_its_authorization check ((operation = 'authorize') = (authorization_key is null)),
        constraint declined_has_a_reason check ((outcome = 'declined') = (reason is not null))
      )`);
    await runner.query(
      `create unique index sandbox_gateway_settled_once on sandbox_gateway_entry (authorization_key) where outcome = 'approved'`,
    );
    await runner.query('create index sandbox_gateway_order on sandbox_gateway_entry (order_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table sandbox_gateway_entry');
  }
}
