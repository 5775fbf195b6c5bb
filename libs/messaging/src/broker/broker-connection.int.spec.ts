import { type OwnBroker, startOwnBroker } from '@waybill/testing';
import { BrokerConnection } from './broker-connection';
import { type Bench, queueType, setUp } from './setup.spec';

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

const connectTo = (url: string, type = queueType) =>
  new BrokerConnection({ url, purpose: 'publish', service: 'order', queueType: type });

describe('a connection', () => {
  it('has heartbeats, and knows its user and vhost', async () => {
    const { connection, states } = bench.connect('order', 'publish');
    await states.until(({ status }) => status === 'connected');

    expect(connection.connection?.connection).toMatchObject({ heartbeat: 5 });
    expect(connection.address).toMatchObject({ user: bench.users.order, vhost: bench.vhost.name });
  });

  it('comes back after it was dropped, with a new connection', async () => {
    const { connection, states } = bench.connect('order', 'publish');
    await states.until(({ status }) => status === 'connected');
    const before = connection.connection;
    const down = new Promise<string>((resolve) => connection.on('down', resolve));
    const up = new Promise((resolve) => connection.on('up', resolve));

    await bench.vhost.dropConnections(bench.users.order);

    expect(await down).toMatch(/was lost/);
    expect(await up).not.toBe(before);
  });

  it('that is closed stays closed', async () => {
    const { connection, states } = bench.connect('order', 'publish');
    await states.until(({ status }) => status === 'connected');

    await connection.close();

    expect(connection.state.status).toBe('closed');
    expect(connection.connection).toBeUndefined();
  });
});

describe('a connection that cannot be', () => {
  it.each([
    [
      'a wrong password',
      () => bench.vhost.url(bench.users.order, 'secret-7'),
      /refused the login of order\.test-.*: check user and password/,
    ],
    [
      'a vhost that is not there',
      () => bench.vhost.url(bench.users.order).replace(/\/test-[^/]+$/, '/nowhere'),
      /does not let order.* into the vhost nowhere, or has none: run the provision job/,
    ],
    [
      'a vhost without permission',
      () => bench.vhost.url(bench.users.order).replace(/\/test-[^/]+$/, '/%2F'),
      /does not let order.* into the vhost \/, or has none: run the provision job/,
    ],
  ])('says what to do about %s, without the secret', async (_, url, expected) => {
    const connection = connectTo(url());
    const refused = new Promise<string>((resolve) =>
      connection.on('state', ({ status, reason }) => status === 'refused' && resolve(reason ?? '')),
    );
    connection.start();

    const reason = await refused;
    await connection.close();

    expect(reason).toMatch(expected);
    expect(reason).not.toContain('secret-7');
    expect(reason).not.toContain('\n');
  });

  it('says so when nobody listens, and closes at once', async () => {
    const connection = connectTo('amqp://order:secret-7@127.0.0.1:1/waybill');
    const told = new Promise<string>((resolve) => connection.on('state', ({ reason }) => reason && resolve(reason)));
    connection.start();

    expect(await told).toBe('The broker at 127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    expect(connection.state.status).toBe('connecting');
    await connection.close();
  });

  it.each(['http://order:secret-7@host', 'secret-7', 'amqp://host/vhost'])(
    'refuses %s as a URL, without repeating it',
    (url) => {
      expect(() => connectTo(url)).toThrow('The RabbitMQ URL is not of the form amqp://user:password@host:5672/vhost');
    },
  );
});

describe('an older broker', () => {
  let old: OwnBroker;
  beforeAll(async () => {
    old = await startOwnBroker('4.0');
  }, 120_000);
  afterAll(() => old.end());

  it('is refused with quorum queues and taken with classic ones', async () => {
    const quorum = connectTo(old.amqpUrl, 'quorum');
    const refused = new Promise<string>((resolve) =>
      quorum.on('state', ({ status, reason }) => status === 'refused' && resolve(reason ?? '')),
    );
    quorum.start();
    expect(await refused).toMatch(
      /^The broker is RabbitMQ 4\.0\.\d+, .*: upgrade it, or set RABBITMQ_QUEUE_TYPE=classic$/,
    );
    expect(quorum.connection).toBeUndefined();
    await quorum.close();

    const classic = connectTo(old.amqpUrl, 'classic');
    const up = new Promise((resolve) => classic.on('up', resolve));
    classic.start();
    await up;
    expect(classic.state.status).toBe('connected');
    await classic.close();
  });
});
