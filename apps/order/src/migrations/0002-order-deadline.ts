import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The clock of the orders' deadline, and what it showed when each order's time began. */
export class OrderDeadline implements MigrationInterface {
  readonly name = 'OrderDeadline1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table deadline_clock (
        only_row boolean primary key default true check (only_row),
        elapsed_ms bigint not null default 0 check (elapsed_ms >= 0),
        ticked_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query('insert into deadline_clock default values');
    await runner.query('alter table "order" add column awaited_from_ms bigint');
    await runner.query(
      `create index order_awaited on "order" (awaited_from_ms, id) where status = 'placed' and awaited_from_ms is not null`,
    );
    // Whose time has not begun: as many as there are unsent messages.
    await runner.query(
      `create index order_unawaited on "order" (id) where status = 'placed' and awaited_from_ms is null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table "order" drop column awaited_from_ms');
    await runner.query('drop table deadline_clock');
  }
}
