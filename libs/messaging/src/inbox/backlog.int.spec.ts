import { type Bench, message, messages, paymentQueue, queueType, setUp, testCatalogue } from '../broker/setup.spec';
import type { MessagingOptions } from '../messaging-options';
import { Backlog } from './backlog';

const options = { service: 'payment', catalogue: testCatalogue, queueType } as MessagingOptions;
const events = testCatalogue.consumedBy('payment').map(({ event }) => event);

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

it('counts what waits in the queues of these events', async () => {
  const { publisher } = await bench.publisher();
  const backlog = new Backlog(publisher, options);
  expect(await backlog.waiting(events)).toBe(0);

  await Promise.all(messages(3).map((each) => publisher.publish(each)));

  expect(await backlog.waiting(events)).toBe(3);
});

it('is not known while a queue is gone', async () => {
  const { publisher } = await bench.publisher();
  await bench.vhost.deleteQueue(paymentQueue.name);

  expect(await new Backlog(publisher, options).waiting(events)).toBeUndefined();
});

it('is not known without a broker', async () => {
  const { publisher } = await bench.publisher();
  await publisher.publish(message());
  await publisher.close(1_000);

  expect(await new Backlog(publisher, options).waiting(events)).toBeUndefined();
});
