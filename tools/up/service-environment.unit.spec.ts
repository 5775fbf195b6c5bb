import { join } from 'node:path';
import { call as callModule } from '../testing/call';

const call = (name: string, ...args: unknown[]) =>
  callModule(join(__dirname, 'service-environment.mjs'), name, ...args);

const services = ['order', 'payment', 'warehouse'];
const servers = {
  postgresAdminUrl: 'postgres://postgres:secret@127.0.0.1:21432/waybill?sslmode=disable',
  rabbitAdminUrl: 'amqp://admin:secret@127.0.0.1:21672',
  rabbitManagementUrl: 'http://admin:secret@127.0.0.1:21673',
};

describe('the environment of a service', () => {
  it('is derived from the servers where nothing is set, with a role and a broker user of its own', () => {
    expect(call('serviceEnvironment', 'order', services, {}, servers)).toEqual({
      NODE_ENV: 'development',
      PORT: '3000',
      DATABASE_URL: 'postgres://order_service:order_service@127.0.0.1:21432/waybill?sslmode=disable',
      RABBITMQ_URL: 'amqp://order:order@127.0.0.1:21672/waybill',
      PAYMENT_URL: 'http://127.0.0.1:3001',
      WAREHOUSE_URL: 'http://127.0.0.1:3002',
    });
  });

  it('has the virtual host of a private broker, where no other clone gets in', () => {
    expect(call('serviceEnvironment', 'order', services, {}, { ...servers, vhost: 'waybill-1a2b3c4d' })).toMatchObject({
      RABBITMQ_URL: 'amqp://order:order@127.0.0.1:21672/waybill-1a2b3c4d',
    });
  });

  it('takes what is set for all services, and over it what is set for this one', () => {
    const settings = { LOG_LEVEL: 'warn', MAX_ATTEMPTS: '5', PAYMENT_LOG_LEVEL: 'debug', PAYMENT_PORT: '4001' };
    expect(call('serviceEnvironment', 'payment', services, settings, servers)).toMatchObject({
      LOG_LEVEL: 'debug',
      MAX_ATTEMPTS: '5',
      PORT: '4001',
    });
    expect(call('serviceEnvironment', 'order', services, settings, servers)).toMatchObject({
      LOG_LEVEL: 'warn',
      MAX_ATTEMPTS: '5',
      PORT: '3000',
      PAYMENT_URL: 'http://127.0.0.1:4001',
    });
  });

  it('never gets one port, database or broker user that is set for all of them', () => {
    const settings = {
      PORT: '8080',
      DATABASE_URL: 'postgres://somebody@elsewhere/x',
      RABBITMQ_URL: 'amqp://elsewhere',
    };
    expect(call('serviceEnvironment', 'warehouse', services, settings, servers)).toMatchObject({
      PORT: '3002',
      DATABASE_URL: expect.stringContaining('warehouse_service@127.0.0.1:21432'),
      RABBITMQ_URL: expect.stringContaining('warehouse@127.0.0.1:21672'),
    });
  });

  it("holds no administrator's and no other service's credentials", () => {
    const settings = {
      POSTGRES_ADMIN_URL: servers.postgresAdminUrl,
      RABBITMQ_ADMIN_URL: servers.rabbitAdminUrl,
      RABBITMQ_MANAGEMENT_URL: servers.rabbitManagementUrl,
      TOPOLOGY_RABBITMQ_URL: 'amqp://topology:secret@127.0.0.1',
      READER_DATABASE_URL: 'postgres://reader:secret@127.0.0.1/waybill',
      ORDER_DATABASE_URL: 'postgres://order_service:secret@127.0.0.1/waybill',
    };
    const environment = call('serviceEnvironment', 'payment', services, settings, servers);
    expect(JSON.stringify(environment)).not.toContain('secret');
  });

  it('follows the broker in the type of its queues, unless that is set', () => {
    const classic = { ...servers, queueType: 'classic' };
    const typeWith = (settings: object) =>
      call('serviceEnvironment', 'order', services, settings, classic).RABBITMQ_QUEUE_TYPE;
    expect(typeWith({})).toBe('classic');
    expect(typeWith({ RABBITMQ_QUEUE_TYPE: 'quorum' })).toBe('quorum');
  });
});

describe('the environment of the provision job', () => {
  it('knows how every service will connect', () => {
    const settings = { ORDER_DATABASE_URL: 'postgres://order_service:other@127.0.0.1:21432/waybill' };
    expect(call('provisionEnvironment', services, settings, servers)).toMatchObject({
      POSTGRES_ADMIN_URL: servers.postgresAdminUrl,
      RABBITMQ_MANAGEMENT_URL: servers.rabbitManagementUrl,
      TOPOLOGY_RABBITMQ_URL: 'amqp://topology:topology@127.0.0.1:21672/waybill',
      READER_DATABASE_URL: 'postgres://reader:reader@127.0.0.1:21432/waybill?sslmode=disable',
      ORDER_DATABASE_URL: settings.ORDER_DATABASE_URL,
      ORDER_RABBITMQ_URL: 'amqp://order:order@127.0.0.1:21672/waybill',
      PAYMENT_DATABASE_URL: expect.stringContaining('payment_service'),
      WAREHOUSE_RABBITMQ_URL: expect.stringContaining('warehouse'),
    });
  });
});
