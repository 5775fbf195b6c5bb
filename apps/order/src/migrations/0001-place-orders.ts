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
        status text not null check (status in ('placed')),
        priority text not null check (priority in ('bulk', 'low', 'normal', 'high', 'urgent')),
        total bigint not null check (total >= 0),
        currency text not null check (length(currency) = 3),
        placed_at timestamptz not null default now()
      )`);
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
