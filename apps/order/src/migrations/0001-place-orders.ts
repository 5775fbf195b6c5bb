import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders, their lines, and the price list with the goods of the sample shop. */
export class PlaceOrders implements MigrationInterface {
  readonly name = 'PlaceOrders1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table product (
        sku text primary key check (sku <> ''),
        name text not null check (name <> ''),
        unit_price bigint not null check (unit_price >= 0)
      )`);
    await runner.query(`
      create table "order" (
        id uuid primary key,
        customer_id text not null check (customer_id <> ''),
        status text not null check (status in ('placed', 'confirmed', 'completed', 'cancelled')),
        priority text not null check (priority in ('bulk', 'low', 'normal', 'high', 'urgent')),
        total bigint not null check (total >= 0),
        currency text not null check (length(currency) = 3),
        payment text check (payment in ('authorized', 'declined')),
        stock text check (stock in ('reserved', 'rejected')),
        capture text check (capture in ('captured', 'failed')),
        capture_failure text,
        cancel_reason text check (cancel_reason in ('payment-declined', 'out-of-stock', 'customer', 'deadline')),
        placed_at timestamptz not null default now(),
        confirmed_at timestamptz,
        dispatched_at timestamptz,
        completed_at timestamptz,
        cancelled_at timestamptz,
        constraint order_confirmed_check check ((status in ('confirmed', 'completed')) = (confirmed_at is not null)),
        constraint order_completed_check check ((status = 'completed') = (completed_at is not null)),
        constraint order_cancelled_check
          check (num_nonnulls(cancelled_at, cancel_reason) = case status when 'cancelled' then 2 else 0 end),
        constraint order_capture_failure_check
          check ((capture is not distinct from 'failed') = (capture_failure is not null)),
        constraint order_decided_check check (
          case
            when cancel_reason = 'payment-declined' then payment is not distinct from 'declined'
            when cancel_reason = 'out-of-stock' then stock is not distinct from 'rejected'
            when cancel_reason is not null then true
            when payment is not distinct from 'declined' or stock is not distinct from 'rejected' then false
            else (confirmed_at is not null) = (payment is not null and stock is not null)
          end),
        constraint order_fulfilled_check check (
          case
            when confirmed_at is null then capture is null and dispatched_at is null
            else (completed_at is not null) = (capture is not distinct from 'captured' and dispatched_at is not null)
          end)
      )`);
    // For a page of one status; a page of all orders takes the primary key. The ids are uuids v7: by id is by age.
    await runner.query('create index order_status_id on "order" (status, id)');
    await runner.query(`
      create table order_line (
        order_id uuid not null references "order" (id) on delete cascade,
        sku text not null references product (sku),
        position int not null check (position >= 0),
        quantity int not null check (quantity between 1 and 1000),
        unit_price bigint not null check (unit_price >= 0),
        primary key (order_id, sku)
      )`);
    await runner.query(`
      insert into product (sku, name, unit_price) values
        ('mug', 'Stoneware mug, 300 ml', 1250),
        ('mug-large', 'Stoneware mug, 500 ml', 1650),
        ('teapot', 'Cast-iron teapot', 5900),
        ('tea-assam', 'Assam tea, 250 g', 990),
        ('tea-sencha', 'Sencha tea, 100 g', 1290),
        ('coffee-beans', 'Coffee beans, 1 kg', 2190),
        ('coffee-filter', 'Paper filters, 100 pieces', 349),
        ('french-press', 'French press, 1 l', 3490),
        ('grinder', 'Hand grinder', 7900),
        ('kettle', 'Gooseneck kettle', 6490),
        ('notebook', 'Notebook, dotted, A5', 1490),
        ('pencil', 'Pencil, HB', 120),
        ('fountain-pen', 'Fountain pen', 4590),
        ('ink', 'Ink, blue-black, 50 ml', 1190),
        ('desk-lamp', 'Desk lamp', 8900),
        ('backpack', 'Canvas backpack', 11900),
        ('umbrella', 'Storm umbrella', 4990),
        ('wool-blanket', 'Wool blanket', 13900),
        ('gift-card', 'Gift card', 2500),
        ('globe', 'Antique globe', 249000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table order_line, "order", product');
  }
}
