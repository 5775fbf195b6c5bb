import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { none, one, orderBody, useShop } from './keyed-orders.spec';

const shop = useShop();

describe('a key', () => {
  test('is refused for another request, which places nothing', async () => {
    const body = orderBody();
    await shop.place(body, 'key-1');

    const other = await shop.place({ ...body, lines: [{ sku: 'mug', quantity: 3 }] }, 'key-1');

    expect(other).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused', errors: [{ field: 'idempotency-key' }] },
      replayed: undefined,
    });
    expect(await shop.countsOf(body)).toEqual(one);
  });

  test("is a customer's own: another's request with it is another order", async () => {
    const [mine, theirs] = [orderBody(), orderBody()];

    const first = await shop.place(mine, 'key-1');
    const second = await shop.place(theirs, 'key-1');

    expect([first, second]).toMatchObject([
      { status: 201, replayed: undefined },
      { status: 201, replayed: undefined },
    ]);
    expect(second.body.id).not.toBe(first.body.id);
    expect([await shop.countsOf(mine), await shop.countsOf(theirs)]).toEqual([one, one]);
  });

  test("in progress holds up neither another customer's nor another of the same", async () => {
    const body = orderBody();
    await shop.withSession(async (session) => {
      await session.query('select pg_advisory_xact_lock(hashtextextended($1, hashtextextended($2, 0)))', [
        'key-1',
        body.customerId,
      ]);

      expect(await shop.place(body, 'key-1')).toMatchObject({ status: 409 });
      expect(await shop.place(body, 'key-2')).toMatchObject({ status: 201 });
      expect(await shop.place(orderBody(), 'key-1')).toMatchObject({ status: 201 });
    });
  });

  test('is not needed: every request without one is an order, and nothing is kept', async () => {
    const body = orderBody();

    const answers = [await shop.place(body), await shop.place(body)];

    expect(answers).toMatchObject([{ status: 201 }, { status: 201 }]);
    expect(answers[0]?.type).toBe('application/json; charset=utf-8');
    expect(await shop.countsOf(body)).toEqual({ orders: 2, messages: 2, kept: 0 });
  });

  test('is free after a request that was refused', async () => {
    const body = orderBody();

    expect(await shop.place({ ...body, lines: [] }, 'key-1')).toMatchObject({ status: 400 });
    expect(await shop.place({ ...body, lines: [{ sku: 'unicorn', quantity: 1 }] }, 'key-1')).toMatchObject({
      status: 422,
      body: { code: 'unknown-sku' },
    });
    expect(await shop.countsOf(body)).toEqual(none);

    expect(await shop.place(body, 'key-1')).toMatchObject({ status: 201, replayed: undefined });
  });

  test('is free after a transaction that died: neither an order nor anything in progress is left', async () => {
    const body = orderBody();
    const died = await shop.withSession(async (session) => {
      await shop.holdOutbox(session);
      const dying = shop.place(body, 'key-1');
      const [pid] = await shop.waiting(1);
      expect(await shop.place(body, 'key-1')).toMatchObject({ status: 409 });
      await session.query('select pg_terminate_backend($1)', [pid]);
      return dying;
    });

    expect(died).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
    expect(await shop.countsOf(body)).toEqual(none);

    expect(await shop.place(body, 'key-1')).toMatchObject({ status: 201, replayed: undefined });
    expect(await shop.countsOf(body)).toEqual(one);
  });
});

describe('the header', () => {
  test.each<[string, string]>([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a tab', 'a\tb'],
    ['with a control character', 'a\u0001b'],
    ['with DEL', 'a\u007fb'],
    ['beyond ASCII', 'schlüssel'],
  ])('%s is refused by its name', async (_case, key) => {
    const body = orderBody();

    expect(await shop.place(body, key)).toMatchObject({
      status: 400,
      type: expect.stringMatching('application/problem\\+json'),
      body: { code: 'validation-failed', errors: [{ field: 'idempotency-key' }] },
    });
    expect(await shop.countsOf(body)).toEqual(none);
  });

  test.each<[string, string]>([
    ['of 1 character', 'k'],
    ['of 255 characters', 'k'.repeat(255)],
    [
      'with every printable ASCII character',
      Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join(''),
    ],
    ['with a comma', 'a, b'],
    ['that is SQL', "' or 1=1 --"],
  ])('%s is taken', async (_case, key) => {
    const body = orderBody();
    const first = await shop.place(body, key);

    expect(first.status).toBe(201);
    expect(await shop.place(body, key)).toEqual({ ...first, replayed: 'true' });
  });

  test('sent twice is refused, also when both say the same', async () => {
    await shop.order.app.listen(0, '127.0.0.1');
    const { port } = shop.order.app.getHttpServer().address() as AddressInfo;
    const body = orderBody();
    const send = async (keys: string[]) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': keys };
      const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/orders', headers, agent: false });
      sent.end(JSON.stringify(body));
      const [answer]: IncomingMessage[] = await once(sent, 'response');
      return { status: answer?.statusCode, body: JSON.parse((await answer?.toArray())?.join('') ?? '') };
    };

    for (const keys of [
      ['key-1', 'key-2'],
      ['key-1', 'key-1'],
    ]) {
      expect(await send(keys)).toMatchObject({
        status: 400,
        body: { code: 'validation-failed', errors: [{ field: 'idempotency-key', message: 'must be sent once' }] },
      });
    }
    expect(await shop.countsOf(body)).toEqual(none);
    expect((await send(['key-1'])).status).toBe(201);
  });

  test('is described in the API document', async () => {
    const { body } = await shop.order.send('GET', '/docs-json');

    expect(body.paths['/orders'].post.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false }),
    );
    expect(Object.keys(body.paths['/orders'].post.responses)).toEqual(expect.arrayContaining(['201', '409', '422']));
  });
});

test('no log line has a key', async () => {
  await shop.place(orderBody(), 'canary-of-a-key');

  expect(shop.order.log.join('')).toContain('POST /orders 201');
  expect(shop.order.log.join('')).not.toContain('canary-of-a-key');
});
