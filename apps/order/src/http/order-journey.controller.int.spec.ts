import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OrderPlaced } from '@waybill/contracts';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import { database } from '../database';
import { orderEnvironment } from '../environment';
import { OrderModule } from '../order.module';
import { peers, peerVariable } from '../peers';

const message = {
  id: '01890000-0000-7000-8000-000000000001',
  type: 'payment.authorized',
  producer: 'payment',
  priority: 'normal',
  state: 'pending',
  outcome: null,
  attempts: 0,
  recordedAt: '2000-01-01T00:00:00.000Z',
  sentAt: null,
  confirmedAt: null,
  error: null,
  deliveries: [
    {
      consumer: 'order',
      state: 'awaited',
      attempts: 0,
      receivedAt: null,
      processedAt: null,
      receiptAt: null,
      error: null,
    },
  ],
};

/** What payment and warehouse answer; each test says. Other services have nothing to tell. */
let paymentAnswers: RequestListener;
let warehouseAnswers: RequestListener;
let servers: Server[];
let postgres: TestDatabase;
let order: TestApp;
let orderId: string;

beforeAll(async () => {
  servers = await Promise.all([
    listen((request, response) => paymentAnswers(request, response)),
    listen((request, response) => warehouseAnswers(request, response)),
    listen(json({ messages: [] })),
  ]);
  const [payment, warehouse, others] = servers.map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  postgres = await createDatabase(database);
  order = await startApp(OrderModule, {
    service: 'order',
    environment: orderEnvironment,
    databaseUrl: postgres.url(),
    variables: {
      ...Object.fromEntries(peers.map((peer) => [peerVariable(peer), others])),
      PAYMENT_URL: payment,
      WAREHOUSE_URL: warehouse,
    },
  });
  const lines = [{ sku: 'mug', quantity: 1 }];
  const placed = await order.send('POST', '/orders', { customerId: 'c', lines, payment: { token: 'tok_secret' } });
  orderId = placed.body.id;
});

afterAll(async () => {
  await order.app.close();
  for (const server of servers) server.close().closeAllConnections();
  await postgres.drop();
});

beforeEach(() => {
  paymentAnswers = json({ messages: [] });
  warehouseAnswers = json({ messages: [] });
});

test('has the messages of all services, the earliest first, in the shape that is promised', async () => {
  let asked: string | undefined;
  paymentAnswers = (request, response) => {
    asked = request.url;
    json({ messages: [message] })(request, response);
  };

  const { status, body } = await journey();

  expect(asked).toBe(`/messages?correlationId=${orderId}`);
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(['orderId', 'status', 'messages', 'unavailable']);
  expect(body).toMatchObject({ orderId, status: 'placed', unavailable: [] });
  expect(body.messages[0]).toEqual(message);
  expect(body.messages[1]).toMatchObject({
    type: 'order.placed',
    producer: 'order',
    state: 'pending',
    confirmedAt: null,
  });
  expect(Object.keys(body.messages[1])).toEqual(Object.keys(message));
  expect(body.messages[1].deliveries.map(({ consumer }: { consumer: string }) => consumer)).toEqual(
    [...OrderPlaced.consumers].sort(),
  );
  expect(JSON.stringify(body)).not.toContain('tok_secret');
});

test('a service that does not answer in time is named, the rest is there', async () => {
  paymentAnswers = () => {};
  const started = performance.now();

  const { status, body } = await journey();

  expect({ status, unavailable: body.unavailable }).toEqual({ status: 200, unavailable: ['payment'] });
  expect(body.messages).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(2_500);
});

test.each<[string, RequestListener]>([
  ['an error', (_request, response) => response.writeHead(500).end('{"messages":[]}')],
  ['something else', json({ messages: [{ ...message, deliveries: 'none' }] })],
  ['no JSON', (_request, response) => response.end('<html>')],
  ['a way to somebody else', (_request, response) => response.writeHead(302, { location: '/messages' }).end()],
  ['nothing', (request) => request.socket.destroy()],
])('a service that answers with %s is named', async (_case, answer) => {
  warehouseAnswers = answer;

  expect((await journey()).body.unavailable).toEqual(['warehouse']);
});

test('an order that is not there has no journey', async () => {
  expect(await order.send('GET', '/orders/01890000-0000-7000-8000-000000000000/journey')).toMatchObject({
    status: 404,
    body: { code: 'order-not-found' },
  });
});

function journey() {
  return order.send('GET', `/orders/${orderId}/journey`);
}

function json(body: unknown): RequestListener {
  return (_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
