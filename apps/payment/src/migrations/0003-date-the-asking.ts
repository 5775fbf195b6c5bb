import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the gateway was last asked for the amount, so that nobody takes "it knows of no charge" for "there will be none". */
export class DateTheAsking implements MigrationInterface {
  readonly name = 'DateTheAsking1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table payment add column asked_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table payment drop column asked_at');
  }
}
