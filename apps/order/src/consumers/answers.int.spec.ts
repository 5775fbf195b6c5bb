import {
  type EventData,
  OrderCancelled,
  OrderConfirmed,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentCaptureFailed,
  PaymentDeclined,
  ShipmentDispatched,
  StockRejected,
  StockReserved,
} from '@waybill/contracts';
import { Transactions } from '@waybill/messaging';
import { createHarness, type Harness } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import { Order } from '../persistence/order.entity';
import { placeOrder } from '../persistence/place-order';
import { PaymentAuthorizedConsumer } from './payment-authorized.consumer';
import { PaymentCaptureFailedConsumer } from './payment-capture-failed.consumer';
import { PaymentCapturedConsumer } from './payment-captured.consumer';
import { PaymentDeclinedConsumer } from './payment-declined.consumer';
import { ShipmentDispatchedConsumer } from './shipment-dispatched.consumer';
import { StockRejectedConsumer } from './stock-rejected.consumer';
import { StockReservedConsumer } from './stock-reserved.consumer';

let harness: Harness;
beforeAll(async () => {
  const controllers = [
    PaymentAuthorizedConsumer,
    PaymentDeclinedConsumer,
    StockReservedConsumer,
    StockRejectedConsumer,
    PaymentCapturedConsumer,
    PaymentCaptureFailedConsumer,
    ShipmentDispatchedConsumer,
  ];
  harness = await createHarness({ service: 'order', database, controllers });
});
afterAll(() => harness.close());

/** Two mugs, for 25.00 EUR. */
async function place(): Promise<string> {
  const request = {
    customerId: 'ada',
    priority: 'urgent' as const,
    lines: [{ sku: 'mug', quantity: 2 }],
    payment: { token: 'tok_approved' },
  };
  const { order } = await harness.app.get(Transactions).run((tx) => placeOrder(tx, request));
  return order.id;
}

const find = (id: string) => harness.dataSource.manager.findOneByOrFail(Order, { id });
const paid = (orderId: string) => ({ orderId, amount: 2500, currency: 'EUR' });

/** Each of the answers, as it would come about an order. */
const answers = {
  authorized: (orderId: string) => harness.deliver(PaymentAuthorized, paid(orderId)),
  declined: (orderId: string) => harness.deliver(PaymentDeclined, { orderId, reason: 'insufficient funds' }),
  reserved: (orderId: string) => harness.deliver(StockReserved, { orderId }),
  rejected: (orderId: string) => harness.deliver(StockRejected, { orderId, skus: ['mug'] }),
  captured: (orderId: string) => harness.deliver(PaymentCaptured, paid(orderId)),
  captureFailed: (orderId: string) => harness.deliver(PaymentCaptureFailed, { orderId, reason: 'card closed' }),
  dispatched: (orderId: string) => harness.deliver(ShipmentDispatched, { orderId }),
};

type AnswerName = keyof typeof answers;

async function orderAfter(...names: AnswerName[]): Promise<string> {
  const orderId = await place();
  for (const name of names) expect((await answers[name](orderId)).state).toBe('processed');
  return orderId;
}

test.each<[AnswerName, AnswerName]>([
  ['authorized', 'reserved'],
  ['reserved', 'authorized'],
])('%s alone leaves an order placed; with %s it is confirmed, and everybody is told', async (first, second) => {
  const orderId = await orderAfter(first);
  expect(await find(orderId)).toMatchObject({ status: 'placed', confirmedAt: null });

  const { state, recorded } = await answers[second](orderId);

  expect(state).toBe('processed');
  const data: EventData<typeof OrderConfirmed> = { orderId, customerId: 'ada', total: 2500, currency: 'EUR' };
  expect(recorded).toMatchObject([{ event: OrderConfirmed, data, priority: 'urgent', correlationId: orderId }]);
  expect(await find(orderId)).toMatchObject({
    status: 'confirmed',
    payment: 'authorized',
    stock: 'reserved',
    confirmedAt: expect.any(Date),
    completedAt: null,
  });
});

test.each<[AnswerName, AnswerName[], string, Partial<Order>]>([
  ['declined', [], 'payment-declined', { payment: 'declined', stock: null }],
  ['declined', ['reserved'], 'payment-declined', { payment: 'declined', stock: 'reserved' }],
  ['rejected', [], 'out-of-stock', { payment: null, stock: 'rejected' }],
  ['rejected', ['authorized'], 'out-of-stock', { payment: 'authorized', stock: 'rejected' }],
])('%s after %j cancels an order for %s', async (last, before, reason, known) => {
  const orderId = await orderAfter(...before);

  const { recorded } = await answers[last](orderId);

  const data = { orderId, reason };
  expect(recorded).toMatchObject([{ event: OrderCancelled, data, priority: 'urgent', correlationId: orderId }]);
  const cancelled = { status: 'cancelled', cancelReason: reason, cancelledAt: expect.any(Date), confirmedAt: null };
  expect(await find(orderId)).toMatchObject({ ...known, ...cancelled });
});

test.each<[AnswerName, AnswerName]>([
  ['captured', 'dispatched'],
  ['dispatched', 'captured'],
])('%s alone leaves an order confirmed; with %s it is completed', async (first, second) => {
  const orderId = await orderAfter('authorized', 'reserved', first);
  expect(await find(orderId)).toMatchObject({ status: 'confirmed', completedAt: null });

  const { recorded } = await answers[second](orderId);

  expect(recorded).toEqual([]);
  expect(await find(orderId)).toMatchObject({
    status: 'completed',
    capture: 'captured',
    dispatchedAt: expect.any(Date),
    completedAt: expect.any(Date),
  });
});

test('a capture that failed leaves an order confirmed, with the reason, whatever is shipped', async () => {
  const orderId = await orderAfter('authorized', 'reserved', 'captureFailed', 'dispatched');

  expect(await find(orderId)).toMatchObject({
    status: 'confirmed',
    capture: 'failed',
    captureFailure: 'card closed',
    dispatchedAt: expect.any(Date),
    completedAt: null,
  });
});

test.each<[AnswerName, AnswerName[]]>([
  ['authorized', ['authorized']],
  ['reserved', ['reserved', 'authorized']],
  ['declined', ['declined']],
  ['rejected', ['rejected']],
  ['captured', ['authorized', 'reserved', 'captured', 'dispatched']],
  ['captureFailed', ['authorized', 'reserved', 'captureFailed']],
  ['dispatched', ['authorized', 'reserved', 'dispatched']],
])('%s again in another message, after %j, changes nothing and tells nobody', async (again, before) => {
  const orderId = await orderAfter(...before);
  const order = await find(orderId);

  const { state, recorded } = await answers[again](orderId);

  expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
  expect(await find(orderId)).toEqual(order);
});

test.each<[AnswerName, AnswerName, Partial<Order>]>([
  ['declined', 'reserved', { payment: 'declined', stock: 'reserved' }],
  ['declined', 'rejected', { payment: 'declined', stock: 'rejected' }],
  ['rejected', 'authorized', { payment: 'authorized', stock: 'rejected' }],
  ['rejected', 'declined', { payment: 'declined', stock: 'rejected' }],
])('after %s cancelled an order, %s is remembered and tells nobody', async (first, late, known) => {
  const orderId = await orderAfter(first);
  const cancelled = await find(orderId);

  const { state, recorded } = await answers[late](orderId);

  expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
  expect(await find(orderId)).toEqual({ ...cancelled, ...known });
});

test.each<[AnswerName, AnswerName[], string]>([
  ['declined', ['authorized'], 'the answer for payment was "authorized" before'],
  ['rejected', ['authorized', 'reserved'], 'the answer for stock was "reserved" before'],
  ['captureFailed', ['authorized', 'reserved', 'captured'], 'the answer for capture was "captured" before'],
  ['captured', ['authorized'], 'the order is placed and was never confirmed'],
  ['dispatched', ['rejected'], 'the order is cancelled and was never confirmed'],
])('%s after %j is impossible: a dead letter, and the order is as it was', async (impossible, before, reason) => {
  const orderId = await orderAfter(...before);
  const order = await find(orderId);

  const { state, error, recorded } = await answers[impossible](orderId);

  expect({ state, recorded }).toEqual({ state: 'dead', recorded: [] });
  expect(error).toContain(`for the order ${orderId}: ${reason}`);
  expect(await find(orderId)).toEqual(order);
});

test('another amount than the total is a dead letter: an order is confirmed for what it costs', async () => {
  const orderId = await orderAfter('reserved');

  const { state, error } = await harness.deliver(PaymentAuthorized, { orderId, amount: 1, currency: 'EUR' });

  expect({ state, error }).toEqual({ state: 'dead', error: expect.stringContaining('total of 2500 EUR') });
  expect(await find(orderId)).toMatchObject({ status: 'placed', payment: null });
});

test.each(Object.keys(answers) as AnswerName[])('%s for an order that is not there is a dead letter', async (name) => {
  const orderId = uuidv7();

  const { state, error } = await answers[name](orderId);

  expect({ state, error }).toEqual({ state: 'dead', error: expect.stringContaining(`there is no order ${orderId}`) });
});
