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

/** What taking an order costs at least: the statements of ours, one after the other in a transaction. Nothing sends its events. */
export function main(settings: IntakeSettings): Promise<void> {
  return serveIntake(settings, place);
}

async function place(client: PoolClient, request: IntakeRequest): Promise<IntakeAnswer> {
  await client.query('BEGIN');
  try {
    const answer = await placeOnce(client, request);
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function placeOnce(client: PoolClient, request: IntakeRequest): Promise<IntakeAnswer> {
  const { key, customerId, lines, payment } = request;
  const lock = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_xact_lock(hashtextextended($1, hashtextextended($2, 0))) as locked',
    [key, customerId],
  );
  if (!lock.rows[0]?.locked) return { status: 409 };
  const kept = await findAnswer(client, request);
  if (kept) return kept;
  const products = await client.query<{ sku: string; unit_price: string }>(
    'select sku, unit_price from product where sku = any ($1)',
    [lines.map(({ sku }) => sku)],
  );
  const prices = new Map(products.rows.map((product) => [product.sku, Number(product.unit_price)]));
  if (prices.size < lines.length) return { status: 422 };
  const priced = lines.map(({ sku, quantity }) => ({ sku, quantity, unitPrice: prices.get(sku) ?? 0 }));
  const total = priced.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const order = { id: uuid(), customerId, status: 'placed', priority: 'normal', total, currency: 'EUR' };
  const inserted = await client.query<{ placed_at: Date }>(
    `insert into "order" (id, customer_id, status, priority, total, currency)
     values ($1, $2, $3, $4, $5, $6) returning placed_at`,
    [order.id, customerId, order.status, order.priority, total, order.currency],
  );
  await client.query(
    `insert into order_line (order_id, sku, position, quantity, unit_price)
     select $1, sku, position - 1, quantity, unit_price
     from unnest($2::text[], $3::int[], $4::bigint[]) with ordinality as line (sku, quantity, unit_price, position)`,
    [
      order.id,
      priced.map(({ sku }) => sku),
      priced.map(({ quantity }) => quantity),
      priced.map(({ unitPrice }) => unitPrice),
    ],
  );
  const location = `/orders/${order.id}`;
  const body = JSON.stringify({ ...order, lines: priced, placedAt: inserted.rows[0]?.placed_at });
  await client.query(
    `insert into kept_answer (customer_id, key, fingerprint, status, location, body, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')`,
    [customerId, key, fingerprintOf(request), 201, location, body, ttlMilliseconds],
  );
  await client.query(
    `delete from kept_answer k using (
       select customer_id, key from kept_answer where expires_at <= now()
       order by expires_at limit 10 for update skip locked
     ) as expired
     where k.customer_id = expired.customer_id and k.key = expired.key`,
  );
  const event = { orderId: order.id, customerId, lines: priced, total, currency: order.currency, payment };
  await client.query(
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     values ($1, 'order', 'order.placed', 1, $2, $3, $4, $2, '{payment,warehouse}')`,
    [uuid(), order.id, priority, JSON.stringify(event)],
  );
  return { status: 201, location, body };
}
