import { eventually, type System, startSystem } from '@waybill/testing';
import { completedWay, endingOf, expectConserved, seen } from './order-ending';
import { placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  // Longer than tok_slow takes to answer, and as short as can be for tok_charge_then_hang, which never does.
  system = await startSystem({ env: { PAYMENT_GATEWAY_TIMEOUT: '2s' } });
  await endingOf(system, await placeOrder(system), 'completed'); // the first order of a process is slower than all others
});
afterAll(() => system?.end());

let stockBefore: StockItem[];
beforeEach(async () => {
  stockBefore = await stock();
});

const total = 2 * 1250;
const completed = {
  status: 'completed',
  cancelReason: null,
  attention: [],
  messages: completedWay,
  gateway: [`authorize approved ${total}`, `capture approved ${total}`],
  payment: 'captured',
  reservation: 'dispatched',
};
const cancelledByCustomer = {
  status: 'cancelled',
  cancelReason: 'customer',
  attention: [],
  payment: 'voided',
  reservation: 'released',
};
const sentOut = [{ sku: 'mug', onHand: -2, reserved: 0 }];

test('an approved order is completed within two seconds: six events, each once, all signed for; paid and dispatched', async () => {
  const times: number[] = [];
  const complete = async () => {
    const asked = performance.now();
    const id = await placeOrder(system);
    const order = await seen(system, id, { status: 'completed' });
    times.push(performance.now() - asked);
    return { id, order };
  };
  const { id, order } = await complete();
  expect(order).toMatchObject({
    payment: 'authorized',
    stock: 'reserved',
    capture: 'captured',
    dispatchedAt: expect.any(String),
    cancelledAt: null,
  });
  expect(await endingOf(system, id, 'completed')).toEqual(completed);
  expect(await stockChange()).toEqual(sentOut);
  // Of three, because a machine that others use, too, may stand still in one.
  await complete();
  await complete();
  expect(Math.min(...times)).toBeLessThan(2_000);
});

test.each([
  ['tok_declined', 'card declined'],
  ['tok_insufficient_funds', 'insufficient funds'],
])('%s: the order is cancelled, and its goods are back on the shelf', async (token, reason) => {
  system.payment.suspend();
  const id = await placeOrder(system, { token });
  await seen(system, id, { stock: 'reserved' });
  expect(await stockChange()).toEqual([{ sku: 'mug', onHand: 0, reserved: 2 }]);
  system.payment.resume();
  expect(await endingOf(system, id, 'cancelled')).toEqual({
    status: 'cancelled',
    cancelReason: 'payment-declined',
    attention: [],
    messages: ['order.cancelled', 'order.placed', 'payment.declined', 'stock.reserved'],
    gateway: [`authorize declined ${total}`],
    payment: 'declined',
    reservation: 'released',
  });
  expect((await system.payment.get(`/payments/${id}`)).body.reason).toBe(reason);
  expect(await stockChange()).toEqual([]);
});

test('out of stock: the order is cancelled, its authorisation voided, and none of its goods set aside', async () => {
  system.warehouse.suspend();
  const lines = [
    { sku: 'mug', quantity: 2 },
    { sku: 'globe', quantity: 4 },
  ];
  const id = await placeOrder(system, { lines });
  const { total } = await seen(system, id, { payment: 'authorized' });
  system.warehouse.resume();
  expect(await endingOf(system, id, 'cancelled')).toEqual({
    status: 'cancelled',
    cancelReason: 'out-of-stock',
    attention: [],
    messages: ['order.cancelled', 'order.placed', 'payment.authorized', 'stock.rejected'],
    gateway: [`authorize approved ${total}`, `void approved ${total}`],
    payment: 'voided',
    reservation: 'rejected',
  });
  expect(await stockChange()).toEqual([]);
});

test('cancelled by the customer while the gateway is slow: what it then says is voided, and the goods are released', async () => {
  const id = await placeOrder(system, { token: 'tok_slow' });
  await charged(id);
  system.payment.suspend();
  await seen(system, id, { stock: 'reserved', payment: null });
  expect(await cancel(id)).toMatchObject({ status: 200, body: { status: 'cancelled', cancelReason: 'customer' } });
  system.payment.resume();
  expect(await endingOf(system, id, 'cancelled')).toEqual({
    ...cancelledByCustomer,
    messages: ['order.cancelled', 'order.placed', 'stock.reserved'],
    gateway: [`authorize approved ${total}`, `void approved ${total}`],
  });
  expect(await stockChange()).toEqual([]);
});

test('a cancel that overtakes its order: neither money nor goods are ever set aside', async () => {
  const consumers = [system.payment, system.warehouse];
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  const id = await placeOrder(system);
  const holder = await system.vhost.channel();
  for (const { name } of consumers) {
    await eventually(`order.placed is in the queue of ${name}`, async () => {
      expect(await holder.get(system.queue(`${name}.order-placed`))).not.toBe(false);
    });
  }
  expect((await cancel(id)).status).toBe(200);
  const overtaken = consumers.map(async (consumer) => {
    const from = consumer.position;
    await consumer.start();
    await consumer.step({ step: 'processed', type: 'order.cancelled' }, from);
  });
  await Promise.all(overtaken);
  expect((await system.payment.get(`/payments/${id}`)).body).toMatchObject({ state: 'voided', requestedAt: null });
  await holder.close(); // the broker hands out again what was held
  expect(await endingOf(system, id, 'cancelled')).toEqual({
    ...cancelledByCustomer,
    messages: ['order.cancelled', 'order.placed'],
    gateway: [],
  });
  expect(await stockChange()).toEqual([]);
});

test('a gateway that charges and does not say so: the charge is found again by its key, and is the only one', async () => {
  const from = system.payment.position;
  const id = await placeOrder(system, { token: 'tok_charge_then_hang' });
  await charged(id);
  const { detail } = await system.payment.step({ step: 'retrying', type: 'order.placed' }, from);
  expect(detail).toContain('the payment gateway did not answer authorize within 2000 ms');
  expect(await endingOf(system, id, 'completed')).toEqual(completed);
  expect(await stockChange()).toEqual(sentOut);
});

test('a gateway that charges and does not say so, and a customer who cancels meanwhile: the charge is not stranded', async () => {
  const id = await placeOrder(system, { token: 'tok_charge_then_hang' });
  await charged(id);
  system.payment.suspend();
  await seen(system, id, { stock: 'reserved', payment: null });
  expect((await cancel(id)).status).toBe(200);
  system.payment.resume();
  expect(await endingOf(system, id, 'cancelled')).toEqual({
    ...cancelledByCustomer,
    messages: ['order.cancelled', 'order.placed', 'stock.reserved'],
    gateway: [`authorize approved ${total}`, `void approved ${total}`],
  });
  expect(await stockChange()).toEqual([]);
});

test('kill -9 of payment between the charge and its record: one charge, and the order is completed', async () => {
  const id = await placeOrder(system, { token: 'tok_charge_then_hang' });
  await charged(id);
  await system.payment.kill();
  expect(await system.sql('payment', 'select state from payment where order_id = $1', [id])).toEqual([
    { state: 'requested' },
  ]);
  await system.payment.start();
  expect(await endingOf(system, id, 'completed')).toEqual(completed);
  expect(await stockChange()).toEqual(sentOut);
});

test('a capture that fails: the order stays confirmed and says what a person must look at, and cannot be cancelled', async () => {
  const id = await placeOrder(system, { token: 'tok_capture_fails' });
  await seen(system, id, { capture: 'failed', dispatchedAt: expect.any(String) });
  const ending = {
    status: 'confirmed',
    cancelReason: null,
    attention: ['the payment could not be captured: capture refused'],
    messages: completedWay.map((type) => (type === 'payment.captured' ? 'payment.capture-failed' : type)).sort(),
    gateway: [`authorize approved ${total}`, `capture declined ${total}`],
    payment: 'capture-failed',
    reservation: 'dispatched',
  };
  expect(await endingOf(system, id, 'confirmed')).toEqual(ending);
  expect(await stockChange()).toEqual(sentOut);
  expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'order-confirmed' } });
  expect(await endingOf(system, id, 'confirmed')).toEqual(ending);
});

test('a cancel of an order that is completed is refused and changes nothing', async () => {
  const id = await placeOrder(system);
  expect(await endingOf(system, id, 'completed')).toEqual(completed);
  expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'order-confirmed' } });
  expect(await endingOf(system, id, 'completed')).toEqual(completed);
});

test('over all of these orders, no money and no goods are lost', async () => {
  await expectConserved(system);
});

interface StockItem {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
}

async function stock(): Promise<StockItem[]> {
  return (await system.warehouse.get('/stock')).body.items;
}

/** By how much the stock of each sku has changed since the test began. */
async function stockChange(): Promise<StockItem[]> {
  const before = new Map(stockBefore.map((item) => [item.sku, item]));
  return (await stock())
    .map(({ sku, onHand, reserved }) => ({
      sku,
      onHand: onHand - (before.get(sku)?.onHand ?? 0),
      reserved: reserved - (before.get(sku)?.reserved ?? 0),
    }))
    .filter(({ onHand, reserved }) => onHand !== 0 || reserved !== 0);
}

/** Awaits that the gateway has set the money aside, by its own log. */
async function charged(id: string): Promise<void> {
  await eventually('the gateway has charged', async () => {
    const entries = await system.sql('payment', 'select outcome from sandbox_gateway_entry where order_id = $1', [id]);
    expect(entries).toEqual([{ outcome: 'approved' }]);
  });
}

function cancel(id: string) {
  return system.order.post(`/orders/${id}/cancel`, {});
}
