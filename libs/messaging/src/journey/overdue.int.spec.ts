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

/** A message that the broker confirmed, and of which payment has not signed in time. */
async function overdue(): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, {
    consumers: ['payment'],
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
