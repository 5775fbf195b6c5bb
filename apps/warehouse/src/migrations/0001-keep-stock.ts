import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stock and reservations, and stock of the goods of the sample shop: plenty of most, little of what is large or rare. */
export class KeepStock implements MigrationInterface {
  readonly name = 'KeepStock1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table stock (
        sku text primary key check (sku <> ''),
        on_hand int not null check (on_hand >= 0),
        reserved int not null default 0 check (reserved >= 0),
        check (reserved <= on_hand)
      )`);
    await runner.query(`
      create table reservation (
        order_id uuid primary key,
        state text not null check (state in ('reserved', 'rejected', 'released', 'dispatched')),
        decided_at timestamptz,
        released_at timestamptz,
        dispatched_at timestamptz,
        constraint only_a_tombstone_is_undecided check (decided_at is not null or state = 'released'),
        constraint released_is_dated check ((state = 'released') = (released_at is not null)),
        constraint dispatched_is_dated check ((state = 'dispatched') = (dispatched_at is not null))
      )`);
    await runner.query(`
      create table reservation_line (
        order_id uuid not null references reservation (order_id) on delete cascade,
        sku text not null references stock (sku),
        quantity int not null check (quantity > 0),
        primary key (order_id, sku)
      )`);
    await runner.query(`
      insert into stock (sku, on_hand) values
        ('mug', 1000000),
        ('mug-large', 1000000),
        ('teapot', 250),
        ('tea-assam', 1000000),
        ('tea-sencha', 1000000),
        ('coffee-beans', 1000000),
        ('coffee-filter', 1000000),
        ('french-press', 5000),
        ('grinder', 500),
        ('kettle', 500),
        ('notebook', 1000000),
        ('pencil', 1000000),
        ('fountain-pen', 2000),
        ('ink', 20000),
        ('desk-lamp', 100),
        ('backpack', 100),
        ('umbrella', 1000),
        ('wool-blanket', 40),
        ('gift-card', 1000000),
        ('globe', 3)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reservation_line, reservation, stock');
  }
}
