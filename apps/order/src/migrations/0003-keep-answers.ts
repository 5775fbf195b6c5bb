import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What requests with an Idempotency-Key were answered with. */
export class KeepAnswers implements MigrationInterface {
  readonly name = 'KeepAnswers1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table kept_answer (
        customer_id text not null check (customer_id <> ''),
        key text not null check (length(key) between 1 and 255),
        fingerprint bytea not null check (length(fingerprint) = 32),
        status int not null check (status between 200 and 299),
        location text not null,
        body text not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        primary key (customer_id, key)
      )`);
    await runner.query('create index kept_answer_expires_at on kept_answer (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table kept_answer');
  }
}
