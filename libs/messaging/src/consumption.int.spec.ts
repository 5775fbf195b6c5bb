import { Recorder } from '@waybill/testing';
import { type Bench, message, paymentQueue, setUp } from './broker/setup.spec';
import type { ReceivedMessage } from './codec';
import { Consumption } from './consumption';
import { MessageSteps } from './message-step';
import { useLedger } from './setup.spec';

const ledger = useLedger();

let bench: Bench;
let consumption: Consumption;
beforeEach(async () => {
  bench = await setUp();
  consumption = new Consumption(bench.connect('payment', 'consume').connection, ledger.dataSource, new MessageSteps());
});
afterEach(async () => {
  await consumption.stop();
  await bench.tearDown();
});

/** Consumes payment's queue; each delivery is handled as `handle` does. */
function consume(handle: (id: string) => Promise<void>) {
  const deliveries = new Recorder<{ id: string; redelivered: boolean; message: ReceivedMessage }>();
  consumption.add({
    queue: paymentQueue,
    prefetch: 10,
    handle: async (received, redelivered) => {
      const id = received.properties.messageId as string;
      deliveries.record({ id, redelivered, message: received });
      await handle(id);
    },
  });
  return deliveries;
}

async function send() {
  const { publisher } = await bench.publisher();
  const sent = message();
  await publisher.publish(sent);
  return sent;
}

const ready = async () => (await bench.vhost.take(paymentQueue.name)).length;

it('what is handled is acked', async () => {
  const deliveries = consume(async () => {});
  const sent = await send();

  await deliveries.until(({ id }) => id === sent.messageId);
  await consumption.stop();

  expect(await ready()).toBe(0);
});

it('what the database did not take goes back, and comes again when the database answers', async () => {
  let failures = 0;
  const deliveries = consume(async () => {
    if (failures++ === 0) throw new Error('Connection terminated unexpectedly');
  });
  const sent = await send();

  await deliveries.first(2);
  await consumption.stop();

  expect(deliveries.values).toMatchObject([
    { id: sent.messageId, redelivered: false },
    { id: sent.messageId, redelivered: true },
  ]);
  expect(await ready()).toBe(0);
});

it('what the database refuses for what it says is a dead letter, and does not come again', async () => {
  const kept = new Recorder<number>();
  const deliveries = consume(async () => {
    try {
      await ledger.dataSource.query(`select $1::text`, ['\u0000']);
    } finally {
      kept.record(1);
    }
  });
  const sent = await send();

  await kept.first(1);
  await consumption.stop();

  expect(deliveries.values).toHaveLength(1);
  expect(await ready()).toBe(0);
  expect(await ledger.dataSource.query('select queue, reason, body from dead_letter')).toEqual([
    { queue: paymentQueue.name, reason: expect.stringContaining('invalid byte sequence'), body: sent.body },
  ]);
});
