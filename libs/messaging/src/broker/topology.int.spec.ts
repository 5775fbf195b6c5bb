import { createVhost, type TestVhost } from '@waybill/testing';
import { BrokerConnection } from './broker-connection';
import { declareQueue, declareTopology } from './declare-topology';
import { permissionsOf } from './permissions';
import { itOn43, queueType, testCatalogue, topology } from './setup.spec';
import { directExchange, eventsExchange, receiptsQueue, workQueue } from './topology';

let vhost: TestVhost;
beforeEach(async () => {
  vhost = await createVhost();
});
afterEach(() => vhost.drop());

const orderPlaced = workQueue('payment', 'order.placed', queueType);

describe('declaring the topology', () => {
  it('makes every exchange, queue and binding, and changes nothing the second time', async () => {
    await declareTopology(vhost.url(), topology);
    await declareTopology(vhost.url(), topology);

    await vhost.publish(eventsExchange, 'order.placed', 'event');
    await vhost.publish(directExchange, orderPlaced.name, 'again');
    await vhost.publish(directExchange, receiptsQueue('order', queueType).name, 'receipt');
    const contents = async (queue: string) => (await vhost.take(queue)).map(({ content }) => content.toString());
    expect(await contents(orderPlaced.name)).toEqual(['event', 'again']);
    expect(await contents(receiptsQueue('order', queueType).name)).toEqual(['receipt']);
  });

  it('says which queue stands there with other arguments, and what to do', async () => {
    const channel = await vhost.channel();
    await channel.assertQueue(orderPlaced.name, { arguments: { 'x-queue-type': 'classic', 'x-max-priority': 9 } });

    await expect(declareTopology(vhost.url(), topology)).rejects.toThrow(
      new RegExp(`^Cannot declare queue ${orderPlaced.name}: PRECONDITION_FAILED - inequivalent arg .*delete_queue`),
    );
  });

  it('says which user lacks which permission', async () => {
    const user = await vhost.createUser('warehouse', { configure: '^$', write: '^$', read: '^$' });

    await expect(declareTopology(vhost.url(user), topology)).rejects.toThrow(
      /^Cannot declare exchange waybill\.events: ACCESS_REFUSED - .*Run the provision job/,
    );
  });

  it('says that the login is wrong, without the secret', async () => {
    const failed = declareTopology(vhost.url('nobody', 'secret-7'), topology);

    await expect(failed).rejects.toThrow(/refused the login of nobody: check user and password in the RabbitMQ URL$/);
    await expect(failed).rejects.not.toThrow(/secret-7/);
  });
});

describe('the permissions of a service', () => {
  const connections: BrokerConnection[] = [];
  afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close())));

  const open = async (service: 'order' | 'payment') => {
    const user = await vhost.createUser(service, permissionsOf(service, testCatalogue, queueType));
    const connection = new BrokerConnection({ url: vhost.url(user), purpose: 'consume', service, queueType });
    const up = new Promise((resolve) => connection.on('up', resolve));
    connections.push(connection);
    connection.start();
    await up;
    return {
      attempt: async (act: (channel: Awaited<ReturnType<TestVhost['channel']>>) => unknown) => {
        const channel = await connection.connection?.createChannel();
        if (channel === undefined) throw new Error('no connection');
        const refused = new Promise<string>((resolve) =>
          channel.on('error', (error) => resolve(`refused: ${error.message}`)),
        );
        const allowed = async () => {
          await act(channel);
          await channel.checkExchange(eventsExchange); // Makes the broker's answer to a publish come first.
          return 'allowed';
        };
        return (await Promise.race([refused, allowed().catch(() => refused)])).split(':')[0];
      },
    };
  };
  beforeEach(() => declareTopology(vhost.url(), topology));

  it('let it declare its own queues again, consume them, and nothing of others', async () => {
    const { attempt } = await open('payment');
    const orders = receiptsQueue('order', queueType);
    await vhost.deleteQueue(orderPlaced.name);

    expect(await attempt((channel) => declareQueue(channel, orderPlaced))).toBe('allowed');
    expect(await attempt((channel) => channel.consume(orderPlaced.name, () => {}))).toBe('allowed');
    expect(await attempt((channel) => declareQueue(channel, orders))).toBe('refused');
    expect(await attempt((channel) => channel.consume(orders.name, () => {}))).toBe('refused');
    expect(await attempt((channel) => channel.assertExchange('payment.exchange', 'fanout'))).toBe('allowed');
    expect(await attempt((channel) => channel.deleteExchange(eventsExchange))).toBe('refused');
  });

  it('let it publish and bind by what the catalogue says', async () => {
    const { attempt } = await open('payment');
    const body = Buffer.from('{}');

    expect(await attempt((channel) => channel.publish(directExchange, 'order.receipts', body))).toBe('allowed');
    expect(await attempt((channel) => channel.publish(eventsExchange, 'order.placed', body))).toBe('refused');
    expect(await attempt((channel) => channel.publish('', 'order.receipts', body))).toBe('refused');
    expect(await attempt((channel) => channel.bindQueue(orderPlaced.name, eventsExchange, 'order.cancelled'))).toBe(
      'refused',
    );
    expect(await attempt((channel) => channel.bindQueue(orderPlaced.name, eventsExchange, '#'))).toBe('refused');
  });

  itOn43('do not let it look at the queues of others', async () => {
    const { attempt } = await open('payment');

    expect(await attempt((channel) => channel.checkQueue(receiptsQueue('order', queueType).name))).toBe('refused');
  });

  it('let a producer look at its consumers’ queues, and take or move nothing there', async () => {
    const { attempt } = await open('order');

    expect(await attempt((channel) => channel.publish(eventsExchange, 'order.placed', Buffer.from('{}')))).toBe(
      'allowed',
    );
    expect(await attempt((channel) => channel.checkQueue(orderPlaced.name))).toBe('allowed');
    expect(await attempt((channel) => channel.get(orderPlaced.name))).toBe('refused');
    expect(await attempt((channel) => channel.purgeQueue(orderPlaced.name))).toBe('refused');
    expect(await attempt((channel) => channel.deleteQueue(orderPlaced.name))).toBe('refused');
    expect(await attempt((channel) => declareQueue(channel, orderPlaced))).toBe('refused');
    expect(await attempt((channel) => channel.unbindQueue(orderPlaced.name, eventsExchange, 'order.placed'))).toBe(
      'refused',
    );
  });
});
