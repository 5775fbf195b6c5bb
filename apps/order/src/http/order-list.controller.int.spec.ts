import { Transactions } from '@waybill/messaging';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import { DataSource, type Logger } from 'typeorm';
import { database } from '../database';
import type { Happening } from '../domain/order-flow';
import { orderEnvironment } from '../environment';
import { OrderModule } from '../order.module';
import { advanceOrder } from '../persistence/advance-order';

let postgres: TestDatabase;
let order: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(database);
  order = await startApp(OrderModule, {
    service: 'order',
    environment: orderEnvironment,
    databaseUrl: postgres.url(),
    variables: { PAYMENT_URL: 'http://127.0.0.1:1', WAREHOUSE_URL: 'http://127.0.0.1:1' },
  });
});

afterAll(async () => {
  await order.app.close();
  await postgres.drop();
});

beforeEach(() => order.app.get(DataSource).query('delete from "order"'));

async function placeOrder(...happenings: Happening[]): Promise<string> {
  const lines = [
    { sku: 'teapot', quantity: 1 },
    { sku: 'mug', quantity: 2 },
  ];
  const { body } = await order.send('POST', '/orders', {
    customerId: 'ada',
    lines,
    payment: { token: 'tok_approved' },
  });
  for (const happening of happenings) {
    await order.app.get(Transactions).run((tx) => advanceOrder(tx, body.id, happening));
  }
  return body.id;
}

async function placeOrders(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let placed = 0; placed < count; placed += 1) ids.push(await placeOrder());
  return ids;
}

/** The ids of all pages, one after the other. `between` runs after each page. */
async function pages(query: string, between = async () => {}): Promise<string[][]> {
  const found: string[][] = [];
  let cursor = '';
  do {
    const { status, body } = await order.send('GET', `/orders?${query}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    found.push(body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
    await between();
  } while (cursor !== null);
  return found;
}

test('an order looks as it does alone', async () => {
  const id = await placeOrder({ kind: 'stock-rejected' });

  const { status, body } = await order.send('GET', '/orders');

  expect(status).toBe(200);
  expect(body).toEqual({ items: [(await order.send('GET', `/orders/${id}`)).body], nextCursor: null });
  expect(body.items[0]).toMatchObject({ cancelReason: 'out-of-stock', lines: [{ sku: 'teapot' }, { sku: 'mug' }] });
});

test('no orders are an empty page', async () => {
  expect(await order.send('GET', '/orders')).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
});

test.each([
  [1, [1, 1, 1, 1, 1]],
  [2, [2, 2, 1]],
  [4, [4, 1]],
  [5, [5]],
  [100, [5]],
])('pages of %i have every order once, the newest first', async (limit, sizes) => {
  const ids = await placeOrders(5);

  const found = await pages(`limit=${limit}`);

  expect(found.flat()).toEqual(ids.toReversed());
  expect(found.map((page) => page.length)).toEqual(sizes);
});

test('a page is of 20 orders when nobody says', async () => {
  await placeOrders(21);

  expect((await pages('')).map((page) => page.length)).toEqual([20, 1]);
});

test('orders that are placed meanwhile shift no page', async () => {
  const ids = await placeOrders(5);

  const found = await pages('limit=2', async () => void (await placeOrder()));

  expect(found.flat()).toEqual(ids.toReversed());
});

test('of one status there are those alone, on all pages', async () => {
  const declined: Happening = { kind: 'payment-declined' };
  const ids = [await placeOrder(declined), await placeOrder(), await placeOrder(declined), await placeOrder(declined)];

  expect(await pages('status=cancelled&limit=2')).toEqual([[ids[3], ids[2]], [ids[0]]]);
  expect(await pages('status=placed')).toEqual([[ids[1]]]);
  expect(await pages('status=completed')).toEqual([[]]);
});

test('an order that a person must look at says so in the list, and the others do not', async () => {
  const paid = { amount: 8400, currency: 'EUR' };
  await placeOrder();
  await placeOrder(
    { kind: 'payment-authorized', ...paid },
    { kind: 'stock-reserved' },
    { kind: 'payment-capture-failed', reason: 'card closed' },
  );

  const { body } = await order.send('GET', '/orders');

  expect(body.items.map(({ attention }: { attention: string[] }) => attention)).toEqual([
    ['the payment could not be captured: card closed'],
    [],
  ]);
});

const someId = '01890000-0000-7000-8000-000000000000';

test.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=many', 'limit'],
  ['limit=', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['status=paid', 'status'],
  ['status=', 'status'],
  ['cursor=', 'cursor'],
  ['cursor=garbage', 'cursor'],
  [`cursor=${someId}`, 'cursor'],
  [`cursor=${Buffer.from(`${someId}' or 1=1 --`).toString('base64url')}`, 'cursor'],
  [`cursor=${Buffer.from(someId).toString('base64url')}=`, 'cursor'],
  ['cursor=%00', 'cursor'],
  ['page=2', 'page'],
])('refuses %s, and names the field', async (query, field) => {
  expect(await order.send('GET', `/orders?${query}`)).toMatchObject({
    status: 400,
    body: { code: 'validation-failed', errors: [{ field }] },
  });
});

test('the description of the API has the list', async () => {
  const { body } = await order.send('GET', '/docs-json');

  const names = body.paths['/orders'].get.parameters.map(({ name }: { name: string }) => name);
  expect(names).toEqual(['status', 'limit', 'cursor']);
});

describe('what a page costs', () => {
  let queries: { query: string; parameters?: unknown[] }[];
  let logger: Logger;

  beforeEach(() => {
    const dataSource = order.app.get(DataSource);
    logger = dataSource.logger;
    queries = [];
    dataSource.logger = Object.assign(Object.create(logger), {
      logQuery: (query: string, parameters?: unknown[]) => queries.push({ query, parameters }),
    });
  });

  afterEach(() => {
    order.app.get(DataSource).logger = logger;
  });

  test('three queries, for one order or for nine', async () => {
    await placeOrders(10);
    queries.length = 0;

    for (const limit of [1, 9]) await order.send('GET', `/orders?limit=${limit}`);

    expect(queries).toHaveLength(6);
  });

  test.each([
    ['', '_pkey'],
    ['status=completed', 'order_status_id'],
  ])('orders of the page alone are read, among thousands (%s)', async (query, index) => {
    const dataSource = order.app.get(DataSource);
    await dataSource.query(
      `insert into "order" (id, customer_id, status, priority, total, currency)
       select gen_random_uuid(), 'ada', 'placed', 'normal', 1, 'EUR' from generate_series(1, 5000)`,
    );
    const owner = await postgres.connect('owner');
    await owner.query('analyze "order"');
    queries.length = 0;
    const cursor = Buffer.from(someId).toString('base64url');
    await order.send('GET', `/orders?limit=5&cursor=${cursor}&${query}`);

    const [page] = queries;
    const [{ 'QUERY PLAN': plan }] = await owner.query(`explain (format json) ${page?.query}`, page?.parameters);

    expect(JSON.stringify(plan)).toMatch(new RegExp(`"Index Name":"[^"]*${index}"`));
    expect(JSON.stringify(plan)).not.toContain('"Filter"');
  });
});
