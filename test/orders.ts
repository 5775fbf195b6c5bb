import type { Priority } from '@waybill/contracts';
import { type Answer, eventually, type System } from '@waybill/testing';

/** What a customer tells us and nobody may find in a log. */
const customerId = 'customer-Hk3canary';
const token = 'tok_Wp8canary';

interface OrderOptions {
  readonly priority?: Priority;
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
}

export function orderBody({ priority = 'normal', lines = [{ sku: 'mug', quantity: 2 }] }: OrderOptions = {}) {
  return { customerId, priority, lines, payment: { token } };
}

/** Posts an order, whose customer and token must not turn up in any log from then on. */
export async function postOrder(system: System, options?: OrderOptions): Promise<Answer> {
  system.secrets.add(customerId).add(token);
  return await system.order.post('/orders', orderBody(options));
}

/** @returns the order's id. */
export async function placeOrder(system: System, options?: OrderOptions): Promise<string> {
  const { status, body } = await postOrder(system, options);
  expect(status).toBe(201);
  return body.id;
}

/** Places orders, a few at a time. @returns their ids, in no order. */
export async function placeOrders(system: System, count: number, options?: OrderOptions): Promise<string[]> {
  const ids: string[] = [];
  let begun = 0;
  const customer = async () => {
    while (begun++ < count) ids.push(await placeOrder(system, options));
  };
  await Promise.all([customer(), customer(), customer(), customer()]);
  return ids;
}

/** Awaits that payment and warehouse have signed for everything, and checks that each order had each of its effects once. */
export async function expectAllOnce(system: System, placed: readonly string[]): Promise<void> {
  const orders = await eventually('every message is confirmed and signed for by all', async () => {
    const open = await system.sql(
      'order',
      `select message_id, consumer, state, outcome, delivery_state, delivery_error from message_journey
       where state <> 'confirmed' or delivery_state <> 'processed' limit 3`,
    );
    expect(open).toEqual([]);
    return await ids(system, 'order', 'select id from "order"');
  });
  expect(orders).toEqual(expect.arrayContaining([...placed]));
  expect(await ids(system, 'order', 'select correlation_id as id from outbox_message')).toEqual(orders);
  expect(await ids(system, 'payment', 'select order_id as id from payment')).toEqual(orders);
  expect(await ids(system, 'warehouse', 'select distinct order_id as id from reservation')).toEqual(orders);
  expect(
    await system.sql(
      'warehouse',
      `select sku, reserved, quantity from stock left join
         (select sku, sum(quantity)::int as quantity from reservation where state = 'reserved' group by sku) as asked using (sku)
       where reserved <> coalesce(quantity, 0)`,
    ),
  ).toEqual([]);
  for (const service of [system.payment, system.warehouse]) {
    const processed = service.steps({ step: 'processed' }).map(({ messageId }) => messageId);
    expect(processed.filter((id, index) => processed.indexOf(id) < index)).toEqual([]);
    expect(await system.sql(service.name as 'payment', 'select * from dead_letter')).toEqual([]);
  }
}

async function ids(system: System, service: 'order' | 'payment' | 'warehouse', select: string): Promise<string[]> {
  const rows = await system.sql<{ id: string }>(service, select);
  return rows.map(({ id }) => id).sort();
}
