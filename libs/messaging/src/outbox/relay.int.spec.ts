import { Recorder } from '@waybill/testing';
import { type Bench, paymentQueue, setUp } from '../broker/setup.spec';
import { eventsExchange } from '../broker/topology';
import { MessageSteps, type StepTaken } from '../message-step';
import type { MessagingOptions } from '../messaging-options';
import { append, rowOf, useLedger } from '../setup.spec';
import { Relay } from './relay';
import { Settler } from './settler';

const ledger = useLedger();
const options = { overdueAfter: 60_000 } as MessagingOptions;

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

async function setUpRelay() {
  const { publisher, connection } = await bench.publisher();
  const steps = new MessageSteps();
  const taken = new Recorder<StepTaken>();
  steps.on(taken.record);
  const relay = new Relay(ledger.dataSource, publisher, new Settler(ledger.dataSource, options), steps);
  return { relay, steps, taken, publisher, connection };
}

const row = (id = '') => rowOf(ledger.dataSource, 'outbox_message', id);
const makeDue = () => ledger.dataSource.query('update outbox_message set due_at = clock_timestamp()');
const received = () => bench.vhost.take(paymentQueue.name);

it('what is due is sent as it was recorded, and is confirmed', async () => {
  const { relay, taken } = await setUpRelay();
  const [id] = await append(ledger.dataSource, {
    priority: 3,
    payload: '{"orderId":  "x"}',
    correlationId: 'the-flow',
    aggregateId: 'order-1',
    aggregateVersion: 4,
  });

  expect(await relay.runOnce()).toBe(1);

  expect(await row(id)).toMatchObject({ state: 'confirmed', attempts: 1, last_outcome: 'confirmed' });
  const [message] = await received();
  expect(message?.content.toString()).toBe('{"orderId":  "x"}');
  expect(message?.properties).toMatchObject({
    messageId: id,
    type: 'order.placed',
    priority: 3,
    correlationId: 'the-flow',
    userId: expect.stringMatching(/^order\./),
    deliveryMode: 2,
    headers: { version: 1, 'aggregate-id': 'order-1', 'aggregate-version': 4 },
  });
  expect(taken.values.map(({ step }) => step)).toEqual(['claimed', 'confirmed', 'settled']);
  expect(await relay.runOnce()).toBe(0);
});

it('a higher priority is sent before all that is older', async () => {
  const { relay, taken } = await setUpRelay();
  const [bulk, normal, urgent] = await append(ledger.dataSource, { priority: 0 }, { priority: 2 }, { priority: 4 });

  await relay.runOnce();

  const claimed = taken.values.filter(({ step }) => step === 'claimed').map(({ messageId }) => messageId);
  expect(claimed).toEqual([urgent, normal, bulk]);
});

it('a returned message is not confirmed: it stays pending with what happened, and goes again', async () => {
  const { relay, taken } = await setUpRelay();
  await bench.vhost.deleteBinding(eventsExchange, paymentQueue.name, 'order.placed');
  const [id] = await append(ledger.dataSource, {});

  await relay.runOnce();

  expect(await row(id)).toMatchObject({
    state: 'pending',
    attempts: 1,
    last_outcome: 'returned',
    last_error: '312 NO_ROUTE',
    lease_until: null,
  });
  expect(taken.values).toContainEqual(expect.objectContaining({ step: 'returned', messageId: id, attempt: 1 }));
  expect(await relay.runOnce()).toBe(0);

  const channel = await bench.vhost.channel();
  await channel.bindQueue(paymentQueue.name, eventsExchange, 'order.placed');
  await makeDue();
  await relay.runOnce();
  expect(await row(id)).toMatchObject({ state: 'confirmed', attempts: 2, last_error: null });
  expect(await received()).toHaveLength(1);
});

it('a row that can never be sent is parked and holds up no other', async () => {
  const { relay, taken } = await setUpRelay();
  const [bad, good] = await append(ledger.dataSource, { correlationId: 'x'.repeat(300) }, {});

  await relay.runOnce();

  expect(await row(bad)).toMatchObject({
    state: 'parked',
    last_error: expect.stringContaining('correlationId has 300'),
  });
  expect(await row(good)).toMatchObject({ state: 'confirmed' });
  expect(taken.values).toContainEqual(expect.objectContaining({ step: 'parked', messageId: bad }));
});

it('without a broker nothing is claimed, and it goes on when the broker is there', async () => {
  const { relay, connection } = await setUpRelay();
  await connection.close();
  const [id] = await append(ledger.dataSource, {});

  expect(await relay.runOnce()).toBe(0);

  expect(await row(id)).toMatchObject({ state: 'pending', attempts: 0, lease_until: null });
});

it('a settlement that the database does not take leaves the row to its lease', async () => {
  const { publisher, steps, taken } = await setUpRelay();
  const away = await ledger.database.connect('runtime', 1);
  await away.destroy();
  const relay = new Relay(ledger.dataSource, publisher, new Settler(away, options), steps);
  const ids = await append(ledger.dataSource, {}, { correlationId: 'x'.repeat(300) });

  expect(await relay.runOnce()).toBe(2);

  for (const id of ids) {
    expect(await row(id)).toMatchObject({ state: 'pending', attempts: 1, lease_until: expect.any(Date) });
  }
  expect(await received()).toHaveLength(1);
  expect(taken.values.map(({ step }) => step).sort()).toEqual(['claimed', 'claimed', 'confirmed']);
});

it('runs by itself once started, at once when it is woken, until it is stopped', async () => {
  const { relay, taken } = await setUpRelay();
  relay.start();

  const [id = ''] = await append(ledger.dataSource, {});
  relay.wake();
  await taken.until(({ step, messageId }) => step === 'settled' && messageId === id);

  const many = await append(ledger.dataSource, ...Array(1_200).fill({}));
  relay.wake();
  await taken.until(({ step, messageId }) => step === 'settled' && messageId === many[1_199]);
  await relay.stop();
  const states = await ledger.dataSource.query('select state, count(*)::int from outbox_message group by state');
  expect(states).toEqual([{ state: 'confirmed', count: 1_201 }]);

  const [late] = await append(ledger.dataSource, {});
  relay.wake();
  expect(await row(late)).toMatchObject({ attempts: 0 });
}, 60_000);
