import {
  OrderConfirmed,
  OrderPlaced,
  PaymentAuthorized,
  PaymentCaptured,
  type Priority,
  ShipmentDispatched,
  StockReserved,
  services,
} from '@waybill/contracts';
import { type Answer, eventually, type System } from '@waybill/testing';

/** What a customer tells us and nobody may find in a log. */
const customerId = 'customer-Hk3canary';

/** Of a card that the sandbox gateway does not know, so its order is declined. Nobody may find it in a log either. */
export const secretToken = 'tok_Wp8canary';

interface OrderOptions {
  readonly priority?: Priority;
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
  /** The sandbox gateway answers by it. Default: it approves. */
  readonly token?: string;
}

export function orderBody({
  priority = 'normal',
  lines = [{ sku: 'mug', quantity: 2 }],
  token = 'tok_approved',
}: OrderOptions = {}) {
  return { customerId, priority, lines, payment: { token } };
}

/** Posts an order, whose customer must not turn up in any log from then on; nor must {@link secretToken}. */
export async function postOrder(system: System, options?: OrderOptions): Promise<Answer> {
  system.secrets.add(customerId).add(secretToken);
  await stockBefore(system);
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

/** Every event on the way of an order that is completed, with each of its consumers. */
const way = [
  OrderConfirmed,
  OrderPlaced,
  PaymentAuthorized,
  PaymentCaptured,
  ShipmentDispatched,
  StockReserved,
].flatMap(({ type, consumers }) => [...consumers].sort().map((consumer) => `${type} to ${consumer}`));

/** Awaits that all orders are completed and all messages signed for, and checks that each order had each of its effects once. */
export async function expectAllOnce(system: System, placed: readonly string[]): Promise<void> {
  await eventually(
    'every order is completed',
    async () => {
      const open = `select id, status, payment, stock, capture, dispatched_at from "order" where status <> 'completed' limit 3`;
      expect(await system.sql('order', open)).toEqual([]);
    },
    30_000,
  );
  await expectAllSigned(system);
  const orders = await system.sql<{ id: string; total: number; lines: string[] }>('order', selectOrders);
  expect(orders.map(({ id }) => id)).toEqual(expect.arrayContaining([...placed]));
  expect(await system.sql('reader', selectWays)).toEqual(orders.map(({ id }) => ({ id, way })));
  expect(await system.sql('payment', selectGatewayLog)).toEqual(
    orders.map(({ id, total }) => ({ id, log: [`authorize approved ${total}`, `capture approved ${total}`] })),
  );
  expect(await system.sql('payment', selectPayments)).toEqual(
    orders.map(({ id, total }) => ({ id, state: 'captured', amount: total })),
  );
  expect(await system.sql('warehouse', selectReservations)).toEqual(
    orders.map(({ id, lines }) => ({ id, state: 'dispatched', lines })),
  );
  expect(await system.sql('warehouse', selectStockWithDispatched)).toEqual(await stockBefore(system));
  await expectNothingTwice(system);
}

/** Awaits that every message of all services is confirmed by the broker, and processed by each consumer that it names. */
export async function expectAllSigned(system: System): Promise<void> {
  await eventually(
    'every message is confirmed and signed for by all',
    async () => expect(await system.sql('reader', selectUnsigned)).toEqual([]),
    30_000,
  );
}

/** Checks that no service processed a message twice, or has one that it could not process or read. */
export async function expectNothingTwice(system: System): Promise<void> {
  for (const service of services) {
    const processed = system[service].steps({ step: 'processed' }).map(({ messageId }) => messageId);
    expect(processed.filter((id, index) => processed.indexOf(id) < index)).toEqual([]);
    expect(await system.sql(service, `select * from inbox_message where state <> 'processed'`)).toEqual([]);
    expect(await system.sql(service, 'select * from dead_letter')).toEqual([]);
  }
}

const selectUnsigned = `
  select type, message_id, consumer, state, outcome, delivery_state, delivery_error from message_journey
  where state <> 'confirmed' or delivery_state <> 'processed' limit 3`;

const selectWays = `
  select correlation_id as id, array_agg(type || ' to ' || consumer order by type, consumer) as way from message_journey
  group by correlation_id order by correlation_id::uuid`;

const selectOrders = `
  select id, total::int, array_agg(sku || ' ' || quantity order by sku) as lines from "order" join order_line on order_id = id
  group by id order by id`;

const selectGatewayLog = `
  select order_id as id, array_agg(operation || ' ' || outcome || ' ' || amount order by at) as log from sandbox_gateway_entry
  group by order_id order by order_id`;

const selectPayments = 'select order_id as id, state, amount::int from payment order by order_id';

const selectReservations = `
  select order_id as id, state, array_agg(sku || ' ' || quantity order by sku) as lines
  from reservation join reservation_line using (order_id) group by order_id order by order_id`;

const selectStock = 'select sku, on_hand, reserved from stock order by sku';

/** What is there, and what was sent out. */
const selectStockWithDispatched = `
  select sku, on_hand + coalesce(dispatched, 0)::int as on_hand, reserved from stock
  left join (
    select sku, sum(quantity) as dispatched from reservation_line join reservation using (order_id)
    where state = 'dispatched' group by sku) as sent using (sku)
  order by sku`;

const stocks = new WeakMap<System, Promise<unknown[]>>();

/** The stock as it was before this system's first order. */
function stockBefore(system: System): Promise<unknown[]> {
  const before = stocks.get(system) ?? system.sql('warehouse', selectStock);
  stocks.set(system, before);
  return before;
}
