import { randomUUID } from 'node:crypto';
import { eventually, type LogLine, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrder, placeOrders } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { PAYMENT_RETRY_BASE: '1s', PAYMENT_MAX_ATTEMPTS: '4', OVERDUE_AFTER: '60s' } });
  await system.sql('payment', breakableTable);
});
afterAll(() => system?.end());

/**
 * The gateway's answer is refused, when it is to be written down, while the order has a row in `broken`, as often as that says. A sequence
 * counts, because it alone does not come back when the failed transaction is rolled back.
 */
const breakableTable = `
  create sequence failures;
  create table broken (order_id uuid primary key, times integer not null);
  create function refuse_payment() returns trigger language plpgsql security definer set search_path = payment_service as $$
  begin
    if exists (select from broken where order_id = new.order_id and nextval('failures') <= times) then
      raise exception 'the ledger of payments is closed';
    end if;
    return new;
  end $$;
  create trigger refuse_payment before update on payment for each row execute function refuse_payment()`;

const refusal = 'QueryFailedError: the ledger of payments is closed';
const always = 1_000_000;

test('a handler that fails three times and then succeeds: each attempt and its error in the journey, nobody waits, its effect once', async () => {
  const { id, messageId } = await placeBrokenOrder(3);
  const seen = watchPayment(id);
  await system.payment.step({ step: 'retrying', messageId });
  const others = await placeOrders(system, 5);
  const processed = await system.payment.step({ step: 'processed', messageId });
  expect(processed).toMatchObject({ type: 'order.placed', consumer: 'payment', attempt: 4 });

  const failed = system.payment.steps({ step: 'retrying', messageId });
  expect(failed.map(({ attempt = 1, detail }) => [attempt, detail])).toEqual([1, 2, 3].map((n) => [n, refusal]));
  const journey = await seen;
  expect(journey.at(-1)).toMatchObject({ state: 'processed', attempts: 4 });
  const retrying = journey.slice(0, -1).filter(({ state }) => state !== 'awaited');
  for (const delivery of retrying) expect(delivery).toMatchObject({ state: 'retrying', error: refusal });
  expect(retrying.at(-1)?.attempts).toBe(3);
  expect(await unprocessedBefore(processed, others)).toEqual([]);
  await expectAllOnce(system, [id, ...others]);
});

test('one that always fails is a dead letter after its last attempt, in the journey and in the list, and holds nobody up', async () => {
  const { id, messageId } = await placeBrokenOrder(always);
  await system.payment.step({ step: 'retrying', messageId });
  const others = await placeOrders(system, 10);
  await eventually('the others have their payments', async () => {
    const decided = `select from payment where decided_at is not null and order_id = any ($1)`;
    expect(await system.sql('payment', decided, [others])).toHaveLength(10);
  });
  expect(await system.sql('payment', 'select state from payment where order_id = $1', [id])).toEqual([
    { state: 'requested' },
  ]);
  expect(await system.sql('payment', 'select type from outbox_message where correlation_id = $1', [id])).toEqual([]);

  const dead = await system.payment.step({ step: 'dead', messageId });
  expect(dead).toMatchObject({ level: 'warn', attempt: 4, detail: refusal });
  await journeySays(id, { state: 'dead', attempts: 4, processedAt: null, error: refusal });
  const { body: listed } = await system.order.get('/messages?state=dead');
  expect(listed.messages.map((message: { id: string }) => message.id)).toEqual([messageId]);

  const { status, body } = await system.payment.get('/dead-letters');
  expect(status).toBe(200);
  expect(body.deadLetters).toEqual([
    {
      id: messageId,
      kind: 'message',
      source: 'order.placed',
      producer: 'order',
      correlationId: id,
      attempts: 4,
      error: refusal,
      receivedAt: expect.any(String),
      replayedAt: null,
      replayedBy: null,
      size: expect.any(Number),
      body: expect.any(String),
    },
  ]);
  const [sent] = await system.sql('order', 'select payload::text from outbox_message where id = $1', [messageId]);
  expect(Buffer.from(body.deadLetters[0].body, 'base64').toString()).toBe(sent?.payload);
  expect(body.deadLetters[0].size).toBe(Buffer.byteLength(sent?.payload));
});

test('replayed once its cause is gone it is processed, once, and who did so and when is kept', async () => {
  const { body } = await system.payment.get('/dead-letters');
  const [{ id: messageId, correlationId: id }] = body.deadLetters;
  await mend(id);
  const position = system.payment.position;
  const before = new Date();
  const replay = await system.payment.post(`/dead-letters/${messageId}/replay`, { by: 'Ada of operations' });
  expect([replay.status, replay.body]).toEqual([202, { messageId }]);
  await system.payment.step({ step: 'replayed', messageId, detail: 'by Ada of operations' }, position);
  await system.payment.step({ step: 'processed', messageId, attempt: 5 }, position);
  await journeySays(id, { state: 'processed', attempts: 5 });

  const [row] = await system.sql(
    'payment',
    'select state, replayed_by, replayed_at, body, properties from inbox_message where message_id = $1',
    [messageId],
  );
  expect(row).toEqual({
    state: 'processed',
    replayed_by: 'Ada of operations',
    replayed_at: expect.any(Date),
    body: null,
    properties: null,
  });
  expect(row?.replayed_at.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect((await system.payment.get('/dead-letters')).body).toEqual({ deadLetters: [] });
  await expectAllOnce(system, [id]);

  const again = await system.payment.post(`/dead-letters/${messageId}/replay`, {});
  expect([again.status, again.body.code]).toEqual([404, 'dead-letter-not-found']);
});

test('replayed while its cause is still there it is tried on by the schedule, and the journey follows', async () => {
  const { id, messageId } = await placeBrokenOrder(always);
  await system.payment.step({ step: 'retrying', messageId });
  await system.sql('payment', 'update inbox_message set attempts_allowed = 2 where message_id = $1', [messageId]);
  await journeySays(id, { state: 'dead' });
  const { attempts } = await paymentOf(id);
  const position = system.payment.position;
  const { status } = await system.payment.post(`/dead-letters/${messageId}/replay`, { by: 'Ada' });
  expect(status).toBe(202);
  const failed = await system.payment.step({ step: 'retrying', messageId }, position);
  expect(failed.attempt).toBe(attempts + 1);
  await journeySays(id, { state: 'retrying', attempts: attempts + 1, error: refusal });
  await mend(id);
  await journeySays(id, { state: 'processed' });
  await expectAllOnce(system, [id]);
});

test.each([
  ['an id that nobody has', randomUUID(), {}, 404, 'dead-letter-not-found'],
  ['what is no uuid', 'order-17', {}, 400, 'validation-failed'],
  ['a name with control characters', randomUUID(), { by: 'Ada\u0000' }, 400, 'validation-failed'],
  ['an unknown field', randomUUID(), { who: 'Ada' }, 400, 'validation-failed'],
])('a replay of %s is refused', async (_what, id, body, status, code) => {
  const answer = await system.payment.post(`/dead-letters/${id}/replay`, body);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

interface PaymentDelivery {
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
}

/** Places an order whose payment is refused so many times. Payment stands still until it is known which order that is. */
async function placeBrokenOrder(times: number): Promise<{ id: string; messageId: string }> {
  system.payment.suspend();
  const id = await placeOrder(system);
  await system.sql('payment', `select setval('failures', 1, false)`);
  await system.sql('payment', 'insert into broken values ($1, $2)', [id, times]);
  system.payment.resume();
  const [message] = await system.sql('order', 'select id from outbox_message where correlation_id = $1', [id]);
  return { id, messageId: message?.id };
}

async function mend(orderId: string): Promise<void> {
  await system.sql('payment', 'delete from broken where order_id = $1', [orderId]);
}

async function paymentOf(orderId: string): Promise<PaymentDelivery> {
  const { body } = await system.order.get(`/orders/${orderId}/journey`);
  return body.messages[0].deliveries.find(({ consumer }: { consumer: string }) => consumer === 'payment');
}

async function journeySays(orderId: string, expected: Record<string, unknown>): Promise<void> {
  await eventually(
    `the journey says ${JSON.stringify(expected)}`,
    async () => expect(await paymentOf(orderId)).toMatchObject(expected),
    30_000,
  );
}

/** Every different thing that the journey says of payment, until it is processed. */
async function watchPayment(orderId: string): Promise<PaymentDelivery[]> {
  const seen: PaymentDelivery[] = [];
  await eventually(
    'payment has processed it',
    async () => {
      const now = await paymentOf(orderId);
      const last = seen.at(-1);
      if (last?.state !== now.state || last.attempts !== now.attempts) seen.push(now);
      expect(now.state).toBe('processed');
    },
    30_000,
  );
  return seen;
}

/** Which of these orders payment had not decided on yet when it took that step. */
async function unprocessedBefore(step: LogLine, orders: readonly string[]): Promise<string[]> {
  const rows = await system.sql<{ id: string; correlation_id: string }>(
    'order',
    `select id, correlation_id from outbox_message where correlation_id = any ($1) and type = 'order.placed'`,
    [orders],
  );
  const earlier = system.payment.log.values.slice(0, system.payment.log.values.indexOf(step));
  const done = new Set(earlier.filter(({ step }) => step === 'processed').map(({ messageId }) => messageId));
  return rows.filter(({ id }) => !done.has(id)).map(({ correlation_id }) => correlation_id);
}
