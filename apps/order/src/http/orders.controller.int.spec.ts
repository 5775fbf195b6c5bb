import { OrderPlaced } from '@waybill/contracts';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { orderEnvironment } from '../environment';
import { OrderModule } from '../order.module';

const canary = 'tok_4111111111111111';

let postgres: TestDatabase;
let dataSource: DataSource;
let order: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect('owner');
  order = await startApp(OrderModule, {
    service: 'order',
    environment: orderEnvironment,
    databaseUrl: postgres.url(),
  });
});

afterAll(async () => {
  await order.app.close();
  await postgres.drop();
});

const good = {
  customerId: 'customer-7',
  priority: 'high',
  lines: [
    { sku: 'teapot', quantity: 1 },
    { sku: 'mug', quantity: 1000 },
  ],
  payment: { token: canary },
};

/** Everything that an order leaves in the database. */
async function rows() {
  const [counts] = await dataSource.query(
    `select (select count(*)::int from "order") as orders, (select count(*)::int from order_line) as lines,
       (select count(*)::int from outbox_message) as messages`,
  );
  return counts as { orders: number; lines: number; messages: number };
}

describe('POST /orders', () => {
  test('answers with prices and total of ours, and where the order is; while the broker is away', async () => {
    const { status, headers, body } = await order.send('POST', '/orders', good);

    expect(status).toBe(201);
    expect(headers.location).toBe(`/orders/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      customerId: 'customer-7',
      status: 'placed',
      cancelReason: null,
      priority: 'high',
      lines: [
        { sku: 'teapot', quantity: 1, unitPrice: 5900 },
        { sku: 'mug', quantity: 1000, unitPrice: 1250 },
      ],
      total: 1_255_900,
      currency: 'EUR',
      payment: null,
      stock: null,
      capture: null,
      attention: [],
      placedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      confirmedAt: null,
      dispatchedAt: null,
      completedAt: null,
      cancelledAt: null,
    });
  });

  test('keeps the order, its lines and its event together', async () => {
    const before = await rows();
    const { body } = await order.send('POST', '/orders', good);

    expect(await rows()).toEqual({ orders: before.orders + 1, lines: before.lines + 2, messages: before.messages + 1 });
    const [message] = await dataSource.query('select * from outbox_message where correlation_id = $1', [body.id]);
    expect(message).toMatchObject({ type: 'order.placed', priority: 3, consumers: OrderPlaced.consumers });
    expect(message.payload).toEqual({
      orderId: body.id,
      customerId: 'customer-7',
      lines: body.lines,
      total: body.total,
      currency: 'EUR',
      payment: { token: canary },
    });
  });

  test('keeps nothing when its event cannot be kept', async () => {
    const before = await rows();
    await dataSource.query(`alter table outbox_message add constraint closed check (type <> 'order.placed') not valid`);
    try {
      expect(await order.send('POST', '/orders', good)).toMatchObject({
        status: 500,
        body: { code: 'internal-error' },
      });
    } finally {
      await dataSource.query('alter table outbox_message drop constraint closed');
    }
    expect(await rows()).toEqual(before);
  });

  test('takes normal for the priority when none is given', async () => {
    const { priority: _priority, ...request } = good;

    expect((await order.send('POST', '/orders', request)).body.priority).toBe('normal');
  });

  const lineOf = (line: unknown) => ({ ...good, lines: [line] });
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test.each<[string, unknown, number, string, string[]]>([
    ['malformed JSON', '{"customerId":', 400, 'malformed-json', ['body']],
    ['no body', '', 400, 'validation-failed', ['body']],
    ['a body that is no object', '[1]', 400, 'validation-failed', ['body']],
    ['deep nesting', nested(30_000), 400, 'validation-failed', ['body']],
    [
      'deep nesting inside',
      `{"lines":${nested(30_000)}}`,
      400,
      'validation-failed',
      ['customerId', 'lines.0', 'payment'],
    ],
    ['10 MB', JSON.stringify({ ...good, customerId: 'x'.repeat(10_000_000) }), 413, 'payload-too-large', ['body']],
    ['nothing in it', {}, 400, 'validation-failed', ['customerId', 'lines', 'payment']],
    ['an unknown sku', lineOf({ sku: 'unicorn', quantity: 1 }), 422, 'unknown-sku', ['lines.0.sku']],
    ['a sku of the prototype', lineOf({ sku: '__proto__', quantity: 1 }), 422, 'unknown-sku', ['lines.0.sku']],
    ['a sku that is SQL', lineOf({ sku: "' or 1=1 --", quantity: 1 }), 422, 'unknown-sku', ['lines.0.sku']],
    ['quantity 0', lineOf({ sku: 'mug', quantity: 0 }), 400, 'validation-failed', ['lines.0.quantity']],
    ['quantity -1', lineOf({ sku: 'mug', quantity: -1 }), 400, 'validation-failed', ['lines.0.quantity']],
    ['quantity 1.5', lineOf({ sku: 'mug', quantity: 1.5 }), 400, 'validation-failed', ['lines.0.quantity']],
    ['quantity 1e9', lineOf({ sku: 'mug', quantity: 1e9 }), 400, 'validation-failed', ['lines.0.quantity']],
    ['quantity "1"', lineOf({ sku: 'mug', quantity: '1' }), 400, 'validation-failed', ['lines.0.quantity']],
    ['quantity null', lineOf({ sku: 'mug', quantity: null }), 400, 'validation-failed', ['lines.0.quantity']],
    ['NUL in the sku', lineOf({ sku: 'mu\0g', quantity: 1 }), 400, 'validation-failed', ['lines.0.sku']],
    ['NUL in the customer', { ...good, customerId: '\0' }, 400, 'validation-failed', ['customerId']],
    ['NUL in the token', { ...good, payment: { token: 'a\0' } }, 400, 'validation-failed', ['payment.token']],
    ['half a character', { ...good, customerId: 'a\ud800' }, 400, 'validation-failed', ['customerId']],
    ['a blank customer', { ...good, customerId: ' ' }, 400, 'validation-failed', ['customerId']],
    ['an empty customer', { ...good, customerId: '' }, 400, 'validation-failed', ['customerId']],
    ['a long customer', { ...good, customerId: 'x'.repeat(65) }, 400, 'validation-failed', ['customerId']],
    [
      'wrong types',
      { customerId: {}, priority: 3, lines: 'mug', payment: [] },
      400,
      'validation-failed',
      ['customerId', 'priority', 'lines', 'payment'],
    ],
    ['an unknown priority', { ...good, priority: 'asap' }, 400, 'validation-failed', ['priority']],
    ['no lines', { ...good, lines: [] }, 400, 'validation-failed', ['lines']],
    [
      '51 lines',
      { ...good, lines: Array.from({ length: 51 }, (_, i) => ({ sku: `s${i}`, quantity: 1 })) },
      400,
      'validation-failed',
      ['lines'],
    ],
    [
      'a sku twice',
      { ...good, lines: [...good.lines, { sku: 'teapot', quantity: 2 }] },
      400,
      'validation-failed',
      ['lines.2.sku'],
    ],
    [
      'a price',
      { ...good, total: 1, lines: [{ sku: 'mug', quantity: 1, unitPrice: 1 }] },
      400,
      'validation-failed',
      ['lines.0.unitPrice', 'total'],
    ],
    ['a status', { ...good, status: 'paid', id: 'x' }, 400, 'validation-failed', ['status', 'id']],
    ['__proto__', '{"customerId":"c","__proto__":{"priority":"urgent"}}', 400, 'forbidden-key', ['__proto__']],
    ['__proto__ inside', '{"lines":[{"__proto__":{"sku":"mug"}}]}', 400, 'forbidden-key', ['lines.0.__proto__']],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}', 400, 'forbidden-key', ['constructor']],
  ])('refuses %s, names the field, and keeps nothing', async (_case, request, status, code, fields) => {
    const before = await rows();

    const answer = await order.send('POST', '/orders', request);

    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(await rows()).toEqual(before);
    expect(({} as { priority?: string }).priority).toBeUndefined();
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
    'refuses %s',
    async (contentType) => {
      expect(await order.send('POST', '/orders', JSON.stringify(good), contentType)).toMatchObject({
        status: 415,
        body: { code: 'unsupported-media-type', errors: [{ field: 'content-type' }] },
      });
    },
  );
});

describe('GET /orders/:id', () => {
  test('answers as the POST did', async () => {
    const placed = await order.send('POST', '/orders', good);

    expect(await order.send('GET', `/orders/${placed.body.id}`)).toMatchObject({ status: 200, body: placed.body });
  });

  test('an order that is not there is a 404', async () => {
    expect(await order.send('GET', '/orders/01890000-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      body: { code: 'order-not-found' },
    });
  });

  test.each(['7', '%00', 'undefined', "1'or'1"])('%s is no id', async (id) => {
    expect(await order.send('GET', `/orders/${id}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'id' }] },
    });
  });
});

test('ready, and degraded: only the broker is away', async () => {
  const { status, body } = await order.send('GET', '/health/ready');

  expect({ status, readiness: body.status }).toEqual({ status: 200, readiness: 'degraded' });
  expect(body.checks.database).toEqual({ status: 'up' });
});

test('no log line has the token, a body, or the password of the database', () => {
  const password = new URL(postgres.url()).password;

  expect(order.log.join('')).toContain('POST /orders 201');
  expect(order.log.join('')).not.toContain(canary);
  expect(order.log.join('')).not.toContain('customer-7');
  expect(order.log.join('')).not.toContain(`:${password}@`);
});
