import { randomUUID } from 'node:crypto';
import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { eventually } from './eventually';

/** A broker, as its administrator. */
export interface TestBroker {
  readonly amqpUrl: string;
  readonly managementUrl: string;
  /** What RABBITMQ_QUEUE_TYPE must be for it. */
  readonly queueType: string;
}

export interface UserPermissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
  readonly topics?: readonly { readonly exchange: string; readonly write: string; readonly read: string }[];
}

/** The broker that jest's globalSetup has started. */
export function testBroker(): TestBroker {
  const {
    WAYBILL_TEST_RABBITMQ_URL: amqpUrl,
    WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL: managementUrl,
    WAYBILL_TEST_RABBITMQ_QUEUE_TYPE: queueType = 'quorum',
  } = process.env;
  if (!amqpUrl || !managementUrl)
    throw new Error('No test broker: jest runs tools/test-servers.mjs before *.int.spec.ts');
  return { amqpUrl, managementUrl, queueType };
}

/** A vhost of its own, so that specs do not meet. End it with `drop()`. */
export async function createVhost(broker: TestBroker = testBroker()): Promise<TestVhost> {
  const vhost = new TestVhost(broker, `test-${randomUUID()}`);
  await vhost.manage('PUT', `vhosts/${vhost.name}`, { default_queue_type: 'classic' });
  await vhost.permit(vhost.admin, { configure: '.*', write: '.*', read: '.*' });
  return vhost;
}

export class TestVhost {
  private readonly users: string[] = [];
  private connection: Promise<ChannelModel> | undefined;

  constructor(
    private readonly broker: TestBroker,
    readonly name: string,
  ) {}

  /** The administrator's name. */
  get admin(): string {
    return decodeURIComponent(new URL(this.broker.amqpUrl).username);
  }

  /** AMQP URL into this vhost: of the administrator, or of a user made by `createUser`. */
  url(user?: string, password = user): string {
    const url = new URL(this.broker.amqpUrl);
    url.pathname = `/${this.name}`;
    if (user !== undefined && password !== undefined) Object.assign(url, { username: user, password });
    return url.href;
  }

  /**
   * Makes a user of this vhost alone, whose password is its name. It is not named for the service only, because users are the whole
   * broker's, and `dropConnections` goes by user.
   * @returns the name.
   */
  async createUser(service: string, permissions: UserPermissions): Promise<string> {
    const user = `${service}.${this.name}`;
    await this.manage('PUT', `users/${user}`, { password: user, tags: '' });
    this.users.push(user);
    await this.permit(user, permissions);
    return user;
  }

  async permit(user: string, { topics = [], ...permissions }: UserPermissions): Promise<void> {
    await this.manage('PUT', `permissions/${this.name}/${user}`, permissions);
    for (const topic of topics) await this.manage('PUT', `topic-permissions/${this.name}/${user}`, topic);
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.manage('DELETE', `queues/${this.name}/${queue}`);
  }

  async deleteExchange(exchange: string): Promise<void> {
    await this.manage('DELETE', `exchanges/${this.name}/${exchange}`);
  }

  async deleteBinding(exchange: string, queue: string, routingKey: string): Promise<void> {
    await this.manage('DELETE', `bindings/${this.name}/e/${exchange}/q/${queue}/${routingKey}`);
  }

  /** Makes the broker close every connection of a user made by `createUser`, of which there is at least one. */
  async dropConnections(user: string): Promise<void> {
    await eventually(`the broker knows a connection of ${user}`, async () => {
      const known = (await this.manage('GET', `connections/username/${user}`)) as unknown[];
      if (known.length === 0) throw new Error('it knows none');
    });
    await this.manage('DELETE', `connections/username/${user}`);
  }

  /** A channel of the administrator's, for what a spec does to the broker itself. It is closed by `drop()`. */
  async channel(): Promise<Channel> {
    const channel = await (await this.connect()).createChannel();
    channel.on('error', () => {
      // The call that closed the channel rejects with this error.
    });
    return channel;
  }

  /** Publishes as the administrator; resolves when the broker has confirmed it, and so every queue has it that is to. */
  async publish(exchange: string, routingKey: string, body: string): Promise<void> {
    const channel = await (await this.connect()).createConfirmChannel();
    channel.publish(exchange, routingKey, Buffer.from(body), { persistent: true });
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Takes what is ready in a queue, in the order of delivery; of `count` messages, waits until there are so many. */
  async take(queue: string, count?: number): Promise<ConsumeMessage[]> {
    const channel = await this.channel();
    const wanted = count ?? (await channel.checkQueue(queue)).messageCount;
    const messages: ConsumeMessage[] = [];
    await new Promise<void>((resolve, reject) => {
      const taken = (message: ConsumeMessage | null) => {
        if (message === null) reject(new Error(`${queue} was deleted`));
        else if (messages.push(message) === wanted) resolve();
      };
      if (wanted === 0) resolve();
      else channel.consume(queue, taken, { noAck: true }).catch(reject);
    });
    await channel.close();
    return messages;
  }

  /** Closes what was opened here, and removes the vhost with everything in it and its users. */
  async drop(): Promise<void> {
    const connection = await this.connection;
    this.connection = undefined;
    await connection?.close().catch((error: Error) => {
      if (error.name !== 'IllegalOperationError') throw error;
    });
    await this.manage('DELETE', `vhosts/${this.name}`);
    for (const user of this.users.splice(0)) await this.manage('DELETE', `users/${user}`);
  }

  private connect(): Promise<ChannelModel> {
    this.connection ??= connect(this.url(), { noDelay: true }).then((connection) => {
      connection.on('error', () => {
        // Specs kill brokers; what needed this connection fails by itself, and what comes next gets another.
      });
      connection.on('close', () => {
        this.connection = undefined;
      });
      return connection;
    });
    return this.connection;
  }

  /**
   * A call of the broker's HTTP API.
   * @throws Error with the broker's answer when it is not a success.
   */
  async manage(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const { username, password, origin } = new URL(this.broker.managementUrl);
    const answer = await fetch(`${origin}/api/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
        connection: 'close', // RabbitMQ closes one that is idle for 5 s without having said so; a request on it then fails
      },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
