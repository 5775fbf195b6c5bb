import { services } from '@waybill/contracts';
import { EnvironmentError, parseEnvironment } from '@waybill/service';
import { provisionEnvironment } from './environment';

const good: Record<string, string> = {
  POSTGRES_ADMIN_URL: 'postgres://postgres:pw@127.0.0.1:5432/waybill',
  RABBITMQ_MANAGEMENT_URL: 'http://admin:pw@127.0.0.1:15672',
  TOPOLOGY_RABBITMQ_URL: 'amqp://topology:pw@127.0.0.1:5672/waybill',
  READER_DATABASE_URL: 'postgres://reader:pw@127.0.0.1:5432/waybill',
  ...Object.fromEntries(
    services.flatMap((service) => [
      [`${service.toUpperCase()}_DATABASE_URL`, `postgres://${service}_service:pw@127.0.0.1:5432/waybill`],
      [`${service.toUpperCase()}_RABBITMQ_URL`, `amqp://${service}:pw@127.0.0.1:5672/waybill`],
    ]),
  ),
};

test('takes what belongs together', () => {
  expect(parseEnvironment(provisionEnvironment, good)).toMatchObject({ ...good, RABBITMQ_QUEUE_TYPE: 'quorum' });
});

test.each([
  [
    'another database',
    { READER_DATABASE_URL: 'postgres://reader:pw@127.0.0.1:5432/other' },
    'READER_DATABASE_URL must name the database',
  ],
  [
    'another virtual host',
    { PAYMENT_RABBITMQ_URL: 'amqp://payment:pw@127.0.0.1/other' },
    'PAYMENT_RABBITMQ_URL must name the virtual host',
  ],
  [
    'another broker user',
    { ORDER_RABBITMQ_URL: 'amqp://payment:pw@127.0.0.1/waybill' },
    'ORDER_RABBITMQ_URL must log in as the broker user "order"',
  ],
  [
    'a shared role',
    { PAYMENT_DATABASE_URL: good.ORDER_DATABASE_URL },
    'PAYMENT_DATABASE_URL must log in as a role of its own, not as that of ORDER_DATABASE_URL',
  ],
  [
    "the administrator's role",
    { READER_DATABASE_URL: good.POSTGRES_ADMIN_URL },
    'READER_DATABASE_URL must log in as a role of its own',
  ],
])('refuses %s', (_case, change, message) => {
  const parse = () => parseEnvironment(provisionEnvironment, { ...good, ...change });

  expect(parse).toThrow(EnvironmentError);
  expect(parse).toThrow(message);
});
