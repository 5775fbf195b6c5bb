import { randomUUID } from 'node:crypto';
import { eventually, type System, startSystem } from '@waybill/testing';
import { completedWay, endingOf } from './order-ending';
import { expectAllOnce, orderBody, placeOrder } from './orders';

let system: System;
const placed: string[] = [];
beforeAll(async () => {
  system = await startSystem();
  placed.push(await placeOrder(system));
});
afterAll(() => system?.end());

interface KeyedAnswer {
  readonly status: number;
  readonly location: string | null;
  /** As it was sent, to the byte. */
  readonly text: string;
  readonly replayed: string | null;
  readonly retryAfter: string | null;
}

const inProgress = { status: 409, retryAfter: '1', text: expect.stringContaining('"code":"order-in-progress"') };

test('50 requests at once with one key: one order, one charge, and 50 times the same answer', async () => {
  const key = randomUUID();
  const atOnce = await Promise.all(Array.from({ length: 50 }, () => place(key)));
  for (const answer of atOnce) if (answer.status !== 201) expect(answer).toMatchObject(inProgress);
  const answers = await Promise.all(atOnce.map((answer) => (answer.status === 201 ? answer : answered(key))));

  const [first] = answers.filter(({ replayed }) => replayed === null);
  const same = { status: 201, location: first?.location, text: first?.text, retryAfter: null };
  expect(answers.filter(({ replayed }) => replayed === 'true')).toEqual(
    Array.from({ length: 49 }, () => ({ ...same, replayed: 'true' })),
  );
  await expectOneOrder(first);
});

test('kill -9 of the order service in the middle of a request: its key is not in progress for ever, and there is one order', async () => {
  const key = randomUUID();
  const release = await holdTheLines();
  const dying = place(key);
  const died = expect(dying).rejects.toThrow('fetch failed');
  await requestStandsStill();
  expect(await place(key)).toMatchObject(inProgress);
  await system.order.kill();
  await died;
  await release();
  await system.order.start();

  const answer = await answered(key);
  expect(answer.replayed).toBeNull();
  expect(await answered(key)).toEqual({ ...answer, replayed: 'true' });
  await expectOneOrder(answer);
});

test('a client that hangs up before its answer comes gets it when it asks again: the order that it placed', async () => {
  const key = randomUUID();
  const release = await holdTheLines();
  const client = new AbortController();
  const hungUp = expect(place(key, client.signal)).rejects.toThrow('aborted');
  await requestStandsStill();
  client.abort();
  await hungUp;
  await release();

  const answer = await answered(key);
  expect(answer.replayed).toBe('true');
  await expectOneOrder(answer);
});

/** Checks that this answer is the only order that there is besides those of the tests before, and follows it to its end. */
async function expectOneOrder(answer: KeyedAnswer | undefined): Promise<void> {
  const { id } = JSON.parse(answer?.text ?? '');
  expect(answer).toMatchObject({ status: 201, location: `/orders/${id}` });
  placed.push(id);
  expect(await endingOf(system, id, 'completed')).toMatchObject({ messages: completedWay });
  expect((await system.sql('order', 'select id from "order" order by id')).map(({ id }) => id)).toEqual(placed);
  await expectAllOnce(system, placed);
}

async function place(key: string, signal?: AbortSignal): Promise<KeyedAnswer> {
  const response = await fetch(`${system.order.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(orderBody()),
    ...(signal && { signal }),
  });
  return {
    status: response.status,
    location: response.headers.get('location'),
    text: await response.text(),
    replayed: response.headers.get('idempotent-replayed'),
    retryAfter: response.headers.get('retry-after'),
  };
}

/** Asks until no request with the key is in progress. */
async function answered(key: string): Promise<KeyedAnswer> {
  return await eventually('the key is not in progress any more', async () => {
    const answer = await place(key);
    expect(answer.status).toBe(201);
    return answer;
  });
}

/** Stops requests when their order is written and its lines are not, and nothing committed, until the function that it returns is called. */
async function holdTheLines(): Promise<() => Promise<unknown>> {
  await system.sql('order', 'begin');
  await system.sql('order', 'lock table order_line in share mode');
  return () => system.sql('order', 'rollback');
}

async function requestStandsStill(): Promise<void> {
  await eventually('a request waits for its lines', async () => {
    const waiting = await system.sql(
      'warehouse',
      `select query from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query ~* '^insert into "?order_line'`,
    );
    expect(waiting).toHaveLength(1);
  });
}
