import { orderEnvironment } from '../environment';
import { one, orderBody, useShop } from '../http/keyed-orders.spec';

const shop = useShop();

describe('the same request with the same key', () => {
  test('is answered with the same bytes, places one order and tells of it once', async () => {
    const body = orderBody();

    const first = await shop.place(body, 'key-1');
    const again = await shop.place(body, 'key-1');

    expect(first).toMatchObject({ status: 201, location: `/orders/${first.body.id}`, replayed: undefined });
    expect(first.type).toBe('application/json; charset=utf-8');
    expect(again).toEqual({ ...first, replayed: 'true' });
    expect(await shop.countsOf(body)).toEqual(one);
    expect((await shop.order.send('GET', `/orders/${first.body.id}`)).body).toEqual(first.body);
  });

  test('is answered with what was kept, not with what it would be answered today', async () => {
    const body = orderBody();
    await shop.place(body, 'key-1');
    const kept = '{ "answered":\t"long ago, ä" }';
    await shop.dataSource.query(
      'update kept_answer set status = 202, location = $2, body = $3 where customer_id = $1',
      [body.customerId, '/elsewhere', kept],
    );

    const again = await shop.place(body, 'key-1');

    expect(again).toMatchObject({ status: 202, location: '/elsewhere', replayed: 'true' });
    expect(again.text).toBe(kept);
  });

  test('is the same with other white space, another order of the keys, and the default spelt out or not', async () => {
    const { priority: _priority, ...short } = orderBody();
    const first = await shop.place(short, 'key-1');

    const turned = `{ "payment":{"token":"tok_approved"},\n "lines": [{"quantity":2,"sku":"mug"},{"quantity":1.0,"sku":"teapot"}],
      "priority": "normal", "customerId": "${short.customerId}" }`;

    expect(await shop.place(turned, 'key-1')).toEqual({ ...first, replayed: 'true' });
    expect(await shop.countsOf(short)).toEqual(one);
  });

  test('places one order when fifty come at once: each answer is that order, or that it is in progress', async () => {
    const body = orderBody();

    const answers = await shop.withSession(async (gatekeeper) => {
      await shop.closeGate(gatekeeper);
      const all = Promise.all(Array.from({ length: 50 }, () => shop.place(body, 'key-1')));
      await shop.waiting(orderEnvironment.shape.DATABASE_POOL_SIZE.parse(undefined));
      await gatekeeper.rollbackTransaction();
      return all;
    });

    const placed = answers.filter(({ status }) => status === 201);
    expect(placed.filter(({ replayed }) => replayed === undefined)).toHaveLength(1);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'order-in-progress' }, retryAfter: '1' });
    }
    expect(await shop.countsOf(body)).toEqual(one);
    expect(await shop.place(body, 'key-1')).toMatchObject({ status: 201, text: placed[0]?.text, replayed: 'true' });
  });

  test('is a 409 that says when to ask again, while the first is in progress', async () => {
    const body = orderBody();
    const { first, meanwhile } = await shop.withSession(async (session) => {
      await shop.holdOutbox(session);
      const first = shop.place(body, 'key-1');
      await shop.waiting(1);
      const meanwhile = await shop.place(body, 'key-1');
      await session.rollbackTransaction();
      return { first: await first, meanwhile };
    });

    expect(meanwhile).toMatchObject({ status: 409, body: { code: 'order-in-progress', status: 409 }, retryAfter: '1' });
    expect(meanwhile.type).toMatch('application/problem+json');
    expect(await shop.place(body, 'key-1')).toEqual({ ...first, replayed: 'true' });
    expect(await shop.countsOf(body)).toEqual(one);
  });

  test('is answered as the first was when it began before that was committed, and got the lock after', async () => {
    const body = orderBody();
    const { first, second } = await shop.withSession((gatekeeper) =>
      shop.withSession(async (session) => {
        await shop.holdOutbox(session);
        const first = shop.place(body, 'key-1');
        await shop.waiting(1);
        await shop.closeGate(gatekeeper);
        const second = shop.place(body, 'key-1');
        await shop.waiting(2);
        await session.rollbackTransaction();
        return { first: await first, second };
      }),
    );

    expect(first).toMatchObject({ status: 201, replayed: undefined });
    expect(await second).toEqual({ ...first, replayed: 'true' });
    expect(await shop.countsOf(body)).toEqual(one);
  });
});

describe('a kept answer', () => {
  test('expires after IDEMPOTENCY_KEY_TTL', async () => {
    const body = orderBody();
    await shop.place(body, 'key-1');

    const [{ lifetime }] = await shop.dataSource.query(
      'select extract(epoch from expires_at - created_at)::int as lifetime from kept_answer where customer_id = $1',
      [body.customerId],
    );

    expect(lifetime).toBe(2 * 60 * 60);
  });

  test('that has expired counts for nothing: its key may be used for another order, whose answer takes its place', async () => {
    const body = orderBody();
    const other = { ...body, lines: [{ sku: 'globe', quantity: 1 }] };
    const first = await shop.place(body, 'key-1');
    await shop.dataSource.query('update kept_answer set expires_at = now() where customer_id = $1', [body.customerId]);

    const second = await shop.place(other, 'key-1');

    expect(second).toMatchObject({ status: 201, replayed: undefined });
    expect(second.body.id).not.toBe(first.body.id);
    expect(await shop.place(other, 'key-1')).toEqual({ ...second, replayed: 'true' });
    expect(await shop.countsOf(body)).toEqual({ orders: 2, messages: 2, kept: 1 });
  });

  test('that has expired is deleted when others are kept, some at a time; those that somebody holds are passed by', async () => {
    const old = orderBody();
    await shop.dataSource.query(
      `insert into kept_answer (customer_id, key, fingerprint, status, location, body, expires_at)
       select $1, 'key-' || n, sha256('x'), 201, '/', '{}', now() - n * interval '1 minute' from generate_series(1, 25) as n`,
      [old.customerId],
    );
    const body = orderBody();
    await shop.withSession(async (session) => {
      await session.query(`select from kept_answer where customer_id = $1 and key = 'key-25' for update`, [
        old.customerId,
      ]);

      const left: number[] = [];
      for (const key of ['a', 'b', 'c']) {
        expect(await shop.place(body, key)).toMatchObject({ status: 201 });
        left.push((await shop.countsOf(old)).kept);
      }

      expect(left).toEqual([15, 5, 1]);
    });
    await shop.place(body, 'd');

    expect((await shop.countsOf(old)).kept).toBe(0);
    expect((await shop.countsOf(body)).kept).toBe(4);
  });
});
