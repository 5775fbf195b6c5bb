import { randomUUID } from 'node:crypto';
import { catalogue, services } from '@waybill/contracts';
import { parseEnvironment } from '@waybill/service';
import { testBroker } from '@waybill/testing';
import { connect } from 'amqplib';
import { type ProvisionEnvironment, provisionEnvironment } from '../environment';
import { provisionRabbitmq } from './provision-rabbitmq';

const virtualHost = `test-${randomUUID()}`;

let environment: ProvisionEnvironment;

beforeAll(async () => {
  const { amqpUrl, managementUrl } = testBroker();
  const { host } = new URL(amqpUrl);
  const login = (user: string) => `amqp://${user}:${user}@${host}/${virtualHost}`;
  const database = (user: string) => `postgres://${user}@127.0.0.1:1/waybill`;
  environment = parseEnvironment(provisionEnvironment, {
    POSTGRES_ADMIN_URL: database('postgres'),
    READER_DATABASE_URL: database('reader'),
    RABBITMQ_MANAGEMENT_URL: managementUrl,
    RABBITMQ_QUEUE_TYPE: process.env.WAYBILL_TEST_RABBITMQ_QUEUE_TYPE,
    TOPOLOGY_RABBITMQ_URL: login('topology'),
    ...Object.fromEntries(
      services.flatMap((service) => [
        [`${service.toUpperCase()}_DATABASE_URL`, database(`${service}_service`)],
        [`${service.toUpperCase()}_RABBITMQ_URL`, login(service)],
      ]),
    ),
  });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await provisionRabbitmq(environment);
});

afterAll(async () => {
  jest.restoreAllMocks();
  await manage('DELETE', `vhosts/${virtualHost}`);
});

test('queues are bound, for each consumer and for receipts', async () => {
  const suffix = environment.RABBITMQ_QUEUE_TYPE === 'classic' ? '.classic' : '';
  const queues = (await manage('GET', `queues/${virtualHost}?columns=name,durable`)) as { name: string }[];

  const named = catalogue.entries.flatMap(({ event }) =>
    event.consumers.map((consumer) => `${consumer}.${event.type.replace('.', '-')}`),
  );
  const receipts = services.map((service) => `${service}.receipts`);
  expect(queues.map(({ name }) => name).sort()).toEqual([...named, ...receipts].map((name) => name + suffix).sort());
});

test('run again, it changes nothing', async () => {
  await expect(provisionRabbitmq(environment)).resolves.toBeUndefined();
});

test.each(services)('%s is no administrator, and has a topic permission', async (service) => {
  expect(await manage('GET', `users/${service}`)).toMatchObject({ tags: [] });
  expect(await manage('GET', `topic-permissions/${virtualHost}/${service}`)).toEqual([
    expect.objectContaining({ exchange: 'waybill.events' }),
  ]);
});

test.each([
  ['publish an event of another service', 'payment', 'waybill.events', 'order.placed'],
  ['publish through the default exchange', 'order', '', 'payment.order-placed'],
])('a service may not %s', async (_case, user, exchange, routingKey) => {
  await expect(publish(user, exchange, routingKey)).rejects.toThrow('ACCESS_REFUSED');
});

test.each(catalogue.entries.map(({ producer, event }) => [producer, event.type]))(
  '%s may publish %s',
  async (producer, type) => {
    await publish(producer, 'waybill.events', type);
  },
);

test('a wrong password of the administrator is told at once, without it', async () => {
  const url = new URL(environment.RABBITMQ_MANAGEMENT_URL);
  url.password = 'hunter2';
  const failed = provisionRabbitmq({ ...environment, RABBITMQ_MANAGEMENT_URL: url.href });

  await expect(failed).rejects.toThrow('RabbitMQ answered 401 to GET /api/overview: is the user or password');
  await expect(failed).rejects.not.toThrow('hunter2');
});

test('an administrator is not made a service', async () => {
  const { username } = new URL(environment.RABBITMQ_MANAGEMENT_URL);
  const url = new URL(environment.ORDER_RABBITMQ_URL);
  url.username = username;

  await expect(provisionRabbitmq({ ...environment, ORDER_RABBITMQ_URL: url.href })).rejects.toThrow('use another one');
});

async function publish(user: string, exchange: string, routingKey: string): Promise<void> {
  const url = new URL(environment.TOPOLOGY_RABBITMQ_URL);
  Object.assign(url, { username: user, password: user });
  const connection = await connect(url.href);
  try {
    const channel = await connection.createConfirmChannel();
    const refused = new Promise<never>((_resolve, reject) => channel.on('error', reject));
    channel.publish(exchange, routingKey, Buffer.from('{}'));
    await Promise.race([channel.waitForConfirms(), refused]);
  } finally {
    await connection.close();
  }
}

async function manage(method: string, path: string): Promise<unknown> {
  const url = new URL(testBroker().managementUrl);
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
  Object.assign(url, { username: '', password: '' });
  const response = await fetch(new URL(`/api/${path}`, url), { method, headers: { authorization } });
  return method === 'GET' ? await response.json() : undefined;
}
