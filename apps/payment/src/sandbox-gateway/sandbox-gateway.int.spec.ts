import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource } from 'typeorm';
import { database } from '../database';
import { SandboxEntry } from './sandbox-entry.entity';
import { SandboxGateway } from './sandbox-gateway';

let postgres: TestDatabase;
let dataSource: DataSource;
let gateway: SandboxGateway;

beforeAll(async () => {
  postgres = await createDatabase(database);
  dataSource = await postgres.connect();
  gateway = new SandboxGateway(dataSource);
});

afterAll(() => postgres.drop());

const within = (milliseconds: number) => AbortSignal.timeout(milliseconds);

function request(token: string, orderId = randomUUID()) {
  return { key: `${orderId}:authorize`, orderId, amount: 2 ** 40, currency: 'EUR', token };
}

async function authorized(token = 'tok_approved') {
  const asked = request(token);
  await gateway.authorize(asked, within(5_000));
  const { orderId, key } = asked;
  return {
    orderId,
    capture: { key: `${orderId}:capture`, authorization: key },
    void: { key: `${orderId}:void`, authorization: key },
  };
}

const entries = (orderId: string) =>
  dataSource.manager.find(SandboxEntry, { where: { orderId }, order: { at: 'asc' } });

const many = <Result>(ask: () => Promise<Result>) => Promise.all(Array.from({ length: 8 }, ask));

const approved = { outcome: 'approved' };

test('the same key has the same answer and one entry, however many ask at once', async () => {
  const asked = request('tok_approved');

  const answers = await many(() => gateway.authorize(asked, within(5_000)));

  expect(answers).toEqual(Array(8).fill({ outcome: 'approved', reference: asked.key }));
  expect(await gateway.find(asked.key)).toEqual(answers[0]);
  expect(await entries(asked.orderId)).toMatchObject([{ operation: 'authorize', amount: 2 ** 40, currency: 'EUR' }]);
});

test('the same key stays declined, whatever token comes with it', async () => {
  const asked = request('tok_declined');
  const declined = { outcome: 'declined', reason: 'card declined' };

  expect(await gateway.authorize(asked, within(5_000))).toEqual(declined);
  expect(await gateway.authorize({ ...asked, token: 'tok_approved' }, within(5_000))).toEqual(declined);
  expect(await gateway.find(asked.key)).toEqual(declined);
});

test.each([{ amount: 1 }, { currency: 'USD' }])(
  'a key that was used with another amount is refused: %j',
  async (other) => {
    const asked = request('tok_approved');
    await gateway.authorize(asked, within(5_000));

    await expect(gateway.authorize({ ...asked, ...other }, within(5_000))).rejects.toThrow('has one key of its own');
  },
);

test('what was never asked for is not found', async () => {
  expect(await gateway.find(`${randomUUID()}:authorize`)).toBeUndefined();
});

test('tok_slow answers after a second', async () => {
  const started = performance.now();

  expect(await gateway.authorize(request('tok_slow'), within(5_000))).toMatchObject(approved);
  expect(performance.now() - started).toBeGreaterThan(950);
});

test.each(['tok_charge_then_hang', 'tok_slow'])(
  '%s charges, and ends with the signal; the charge is found',
  async (token) => {
    const asked = request(token);

    await expect(gateway.authorize(asked, within(100))).rejects.toThrow('aborted');
    await expect(gateway.authorize(asked, within(100))).rejects.toThrow('aborted');

    expect(await gateway.find(asked.key)).toEqual({ outcome: 'approved', reference: asked.key });
    expect(await entries(asked.orderId)).toHaveLength(1);
  },
);

test.each(['capture', 'void'] as const)('a %s is made once, however many ask at once', async (operation) => {
  const held = await authorized();

  const answers = await many(() => gateway[operation](held[operation]));

  expect(answers).toEqual(Array(8).fill(approved));
  expect(await entries(held.orderId)).toMatchObject([{ operation: 'authorize' }, { operation, amount: 2 ** 40 }]);
});

test('an authorisation is captured or voided, never both, and the answers stay', async () => {
  const held = await authorized();

  const [captured, voided] = await Promise.all([
    many(() => gateway.capture(held.capture)),
    many(() => gateway.void(held.void)),
  ]);

  const settled = (await entries(held.orderId)).filter(({ operation }) => operation !== 'authorize');
  expect(settled).toHaveLength(1);
  const [won, lost] = settled[0]?.operation === 'capture' ? [captured, voided] : [voided, captured];
  expect(won).toEqual(Array(8).fill(approved));
  expect(lost).toEqual(Array(8).fill({ outcome: 'declined', reason: `the ${settled[0]?.operation} came first` }));
});

test('an authorisation is not captured twice under two keys', async () => {
  const { capture } = await authorized();
  await gateway.capture(capture);

  expect(await gateway.capture({ ...capture, key: `${capture.key}:2` })).toMatchObject({ outcome: 'declined' });
});

test('tok_capture_fails refuses the capture for good; what is held can still be given back', async () => {
  const held = await authorized('tok_capture_fails');
  const refused = { outcome: 'declined', reason: 'capture refused' };

  expect(await many(() => gateway.capture(held.capture))).toEqual(Array(8).fill(refused));
  expect(await gateway.void(held.void)).toEqual(approved);
  expect((await entries(held.orderId)).map(({ operation, outcome }) => [operation, outcome])).toEqual([
    ['authorize', 'approved'],
    ['capture', 'declined'],
    ['void', 'approved'],
  ]);
});

test.each(['tok_declined', undefined])('what is not held cannot be captured or voided (%s)', async (token) => {
  const asked = request(token ?? '');
  if (token) await gateway.authorize(asked, within(5_000));

  for (const operation of ['capture', 'void'] as const) {
    const settling = gateway[operation]({ key: `${asked.orderId}:${operation}`, authorization: asked.key });
    await expect(settling).rejects.toThrow('nothing is authorised');
  }
});
