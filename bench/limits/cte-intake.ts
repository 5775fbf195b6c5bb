import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import {
  findAnswer,
  fingerprintOf,
  type IntakeAnswer,
  type IntakeRequest,
  type IntakeSettings,
  priority,
  serveIntake,
  ttlMilliseconds,
} from './intake-server';

/** An order in one statement, which is its transaction: a request that comes again finds its key, and no row comes back. */
const statement = `
  with line as (
    select sku, quantity, unit_price, position - 1 as position
    from unnest($3::text[], $4::int[]) with ordinality as asked (sku, quantity, position) join product using (sku)
  ), priced as (
    select sum(quantity * unit_price)::bigint as total,
      json_agg(json_build_object('sku', sku, 'quantity', quantity, 'unitPrice', unit_price) order by position) as lines
    from line having count(*) = cardinality($3::text[])
  ), answer as (
    insert into kept_answer (customer_id, key, fingerprint, status, location, body, expires_at)
    select $1, $2, $5, 201, '/orders/' || $6::uuid,
      json_build_object('id', $6::uuid, 'customerId', $1::text, 'status', 'placed', 'priority', 'normal', 'total', total, 'currency', 'EUR',
        'lines', lines, 'placedAt', now())::text,
      now() + $7 * interval '1 millisecond'
    from priced
    on conflict do nothing
    returning status, location, body
  ), placed as (
    insert into "order" (id, customer_id, status, priority, total, currency)
    select $6, $1, 'placed', 'normal', total, 'EUR' from priced, answer
  ), placed_lines as (
    insert into order_line (order_id, sku, position, quantity, unit_price)
    select $6, sku, position, quantity, unit_price from line, answer
  ), event as (
    insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
    select $8, 'order', 'order.placed', 1, $6::uuid, $9,
      json_build_object('orderId', $6::uuid, 'customerId', $1::text, 'lines', lines, 'total', total, 'currency', 'EUR',
        'payment', json_build_object('token', $10::text)),
      $6::uuid, '{payment,warehouse}'
    from priced, answer
  ), expired as (
    delete from kept_answer k using (
      select customer_id, key from kept_answer where expires_at <= now()
      order by expires_at limit 10 for update skip locked
    ) as expired
    where k.customer_id = expired.customer_id and k.key = expired.key
  )
  select status, location, body from answer`;

/** What the database itself needs for an order: one round trip, everything in it. Nothing sends its events. */
export function main(settings: IntakeSettings): Promise<void> {
  return serveIntake(settings, place);
}

async function place(client: PoolClient, request: IntakeRequest): Promise<IntakeAnswer> {
  const { key, customerId, lines, payment } = request;
  const { rows } = await client.query<IntakeAnswer>(statement, [
    customerId,
    key,
    lines.map(({ sku }) => sku),
    lines.map(({ quantity }) => quantity),
    fingerprintOf(request),
    uuid(),
    ttlMilliseconds,
    uuid(),
    priority,
    payment.token,
  ]);
  return rows[0] ?? (await findAnswer(client, request)) ?? { status: 422 };
}
