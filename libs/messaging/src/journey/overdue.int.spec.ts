import type { ServiceName } from '@waybill/contracts';
import { Recorder } from '@waybill/testing';
import { type Bench, paymentQueue, queueType, setUp, testCatalogue } from '../broker/setup.spec';
import { directExchange, eventsExchange } from '../broker/topology';
import { MessageSteps, type StepTaken } from '../message-step';
import type { MessagingOptions } from '../messaging-options';
import { append, rowOf, useLedger } from '../setup.spec';
import { Overdue } from './overdue';

const ledger = useLedger();
const options = { service: 'order', catalogue: testCatalogue, queueType, overdueAfter: 30_000 } as MessagingOptions;

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

/** A message that the broker confirmed, and of which its consumers have not signed in time. */
async function overdue(consumers: ServiceName[] = ['payment']): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, {
    consumers,
    payload: '{"orderId":  "x"}',
    priority: 3,
  });
  await ledger.dataSource.query(
    `update outbox_message set state = 'confirmed', last_outcome = 'confirmed', confirmed_at = clock_timestamp(),
       overdue_at = clock_timestamp() where id = $1`,
    [id],
  );
  return id;
}

async function setUpOverdue() {
  const { publisher, connection } = await bench.publisher();
  const steps = new MessageSteps();
  const taken = new Recorder<StepTaken>();
  steps.on(taken.record);
  return { loop: new Overdue(ledger.dataSource, publisher, steps, options), taken, connection };
}

/** How often it was looked after, and in how many seconds it will be again. */
async function nextLook(id: string): Promise<{ rounds: number; pause: number }> {
  const [row] = await ledger.dataSource.query(
    `select overdue_rounds as rounds, round(extract(epoch from overdue_at - clock_timestamp()))::int as pause
     from outbox_message where id = $1`,
    [id],
  );
  return row;
}

const received = () => bench.vhost.take(paymentQueue.name);

it('the same message goes again to the consumer that is silent, to its queue alone', async () => {
  const { loop, taken } = await setUpOverdue();
  const id = await overdue();

  expect(await loop.runOnce()).toBe(1);

  const messages = await received();
  expect(messages.map(({ fields, properties, content }) => [fields.exchange, properties, content.toString()])).toEqual([
    [
      directExchange,
      expect.objectContaining({
        messageId: id,
        type: 'order.placed',
        priority: 3,
        userId: expect.stringMatching(/^order\./),
      }),
      '{"orderId":  "x"}',
    ],
  ]);
  expect(taken.values).toMatchObject([{ step: 'redelivered', messageId: id, consumer: 'payment', attempt: 1 }]);
  expect(await loop.runOnce()).toBe(0);
});

it('a binding that is gone does not cut the consumer off', async () => {
  const { loop } = await setUpOverdue();
  await bench.vhost.deleteBinding(eventsExchange, paymentQueue.name, 'order.placed');
  const id = await overdue();

  await loop.runOnce();

  expect((await received()).map(({ properties }) => properties.messageId)).toEqual([id]);
});

it('nothing is sent while messages wait in the queue: the consumer is late and not cut off', async () => {
  const { loop, taken } = await setUpOverdue();
  await bench.vhost.publish(directExchange, paymentQueue.name, 'waits');
  const id = await overdue();

  await loop.runOnce();

  expect(taken.values).toMatchObject([
    { step: 'overdue', messageId: id, detail: `1 messages wait in ${paymentQueue.name}, it is late and not cut off` },
  ]);
  expect(await received()).toHaveLength(1);
});

it.each([
  [1, 30],
  [100, 33],
])(
  'behind %d messages that wait it is asked after again in %d s each time, and goes on counting as overdue',
  async (waiting, pause) => {
    const { loop } = await setUpOverdue();
    for (let sent = 0; sent < waiting; sent++) await bench.vhost.publish(directExchange, paymentQueue.name, 'waits');
    const id = await overdue();

    for (let look = 1; look <= 3; look++) {
      expect(await loop.runOnce()).toBe(1);
      expect(await nextLook(id)).toEqual({ rounds: 1, pause });
      await ledger.dataSource.query('update outbox_message set overdue_at = clock_timestamp()');
    }

    await received();
    await loop.runOnce();
    expect(await nextLook(id)).toEqual({ rounds: 2, pause: 120 });
  },
);

it('a message is not asked after sooner where messages wait before it for one consumer of two', async () => {
  const { loop } = await setUpOverdue();
  await bench.vhost.publish(directExchange, paymentQueue.name, 'waits');
  const id = await overdue(['payment', 'warehouse']);

  await loop.runOnce();

  expect(await nextLook(id)).toEqual({ rounds: 1, pause: 60 });
});

it('a queue that is gone is told of, and gets the message when it is back', async () => {
  const { loop, taken } = await setUpOverdue();
  await bench.vhost.deleteQueue(paymentQueue.name);
  const id = await overdue();

  await loop.runOnce();
  expect(taken.values).toMatchObject([{ step: 'overdue', detail: expect.stringContaining('is gone') }]);

  await bench.subscription();
  await ledger.dataSource.query('update outbox_message set overdue_at = clock_timestamp()');
  await loop.runOnce();
  expect(taken.values.at(-1)).toMatchObject({ step: 'redelivered', messageId: id, attempt: 2 });
});

it('nothing is claimed while nothing can be sent', async () => {
  const { loop, connection } = await setUpOverdue();
  await connection.close();
  const id = await overdue();

  expect(await loop.runOnce()).toBe(0);

  expect(await rowOf(ledger.dataSource, 'outbox_message', id)).toMatchObject({ overdue_rounds: 0 });
});
