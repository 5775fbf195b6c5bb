import { text } from 'node:stream/consumers';
import { type ServiceName, services } from '@waybill/contracts';
import type { Options } from 'amqplib';
import { connect } from 'amqplib';
import type { QueryResultRow } from 'pg';
import { freePorts } from './free-ports';
import { createVhost, type TestBroker, type TestVhost, testBroker } from './rabbitmq';
import { ServiceProcess, spawnApp } from './service-process';
import { type DatabaseUser, SystemDatabase } from './system-database';

export interface SystemOptions {
  /** For all services, under the plain names; for one service alone, with its name before it, such as `PAYMENT_RETRY_BASE`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Those that are started at once; default all. The others can be started later. */
  readonly services?: readonly ServiceName[];
  /** Default: the one that all specs share. */
  readonly broker?: TestBroker;
  /** Of its superuser. Default: the one that all specs share. */
  readonly postgresUrl?: string;
  /** Where services find their servers, in place of where the servers are. */
  readonly via?: { readonly broker: Address; readonly postgres: Address };
  /** Done when all is provisioned and no service has been started. */
  readonly prepare?: (system: System) => Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A message that a spec sends, past all services. */
export interface SentMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** Short, so that specs need not wait. */
const settings = { LOG_FORMAT: 'json', LOG_LEVEL: 'debug', RETRY_BASE: '100ms' };

/** Part of every password, so that it is recognised wherever it turns up. */
const passwordMark = 'Zq7passwordXw';
const passwordOf = (user: string) => `${user}-${passwordMark}`;

/**
 * Starts a system of its own for a spec file: a database and a virtual host set up by the provision job, and the built services.
 * End it with `end()`; when the start itself fails, nothing is left.
 */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { services: started = services, broker = testBroker(), prepare } = options;
  const postgresUrl = options.postgresUrl ?? process.env.WAYBILL_TEST_POSTGRES_URL;
  if (!postgresUrl) throw new Error('No test Postgres: jest runs tools/test-servers.mjs before *.e2e.spec.ts');
  const vhost = await createVhost(broker);
  const ports = await freePorts(services.length);
  const system = new StartedSystem({ ...options, broker, postgresUrl }, vhost, ports);
  const whole = Object.assign(system, system.processes);
  try {
    await system.provision();
    await prepare?.(whole);
    await Promise.all(started.map((service) => system.processes[service].start()));
    return whole;
  } catch (error) {
    await system.end().catch((second: Error) => {
      throw new AggregateError([error, second], `${(error as Error).message}\n${second.message}`);
    });
    throw error;
  }
}

/** All services on a database and a virtual host of their own, each under its name. Made by {@link startSystem}. */
export type System = StartedSystem & Readonly<Record<ServiceName, ServiceProcess>>;

class StartedSystem {
  readonly processes: Readonly<Record<ServiceName, ServiceProcess>>;
  readonly queueType: string;
  /** What must never be seen in a log: the passwords, and what specs add. */
  readonly secrets = new Set([passwordMark]);
  private readonly postgres: SystemDatabase;
  private readonly others: ServiceProcess[] = [];
  private readonly urls: Readonly<Record<string, string>>;

  constructor(
    private readonly options: SystemOptions & Required<Pick<SystemOptions, 'broker' | 'postgresUrl'>>,
    readonly vhost: TestVhost,
    ports: readonly number[],
  ) {
    this.queueType = options.broker.queueType;
    this.postgres = new SystemDatabase(options.postgresUrl, passwordOf);
    this.urls = Object.fromEntries(
      services.map((name, i) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[i]}`]),
    );
    this.processes = Object.fromEntries(
      services.map((name, i) => [name, this.process(name, Number(ports[i]))]),
    ) as Record<ServiceName, ServiceProcess>;
  }

  /** Its name. */
  get database(): string {
    return this.postgres.name;
  }

  get services(): readonly ServiceProcess[] {
    return Object.values(this.processes);
  }

  /**
   * Starts one more process of a service, on the same database and queues, and on a port of its own. `end()` ends it too.
   * @param environment beside that of the service, for this start
   */
  async startAnother(
    service: ServiceName,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServiceProcess> {
    const another = this.process(service, Number((await freePorts(1))[0]));
    this.others.push(another);
    await another.start(environment);
    return another;
  }

  /** Runs the provision job, and resolves with what it said. */
  async provision(): Promise<string> {
    const own = services.flatMap((service) => {
      const { DATABASE_URL, RABBITMQ_URL } = this.environmentOf(service);
      const prefix = service.toUpperCase();
      return [
        [`${prefix}_DATABASE_URL`, DATABASE_URL],
        [`${prefix}_RABBITMQ_URL`, RABBITMQ_URL],
      ];
    });
    const job = spawnApp('provision', {
      ...Object.fromEntries(own),
      POSTGRES_ADMIN_URL: this.postgres.url(),
      READER_DATABASE_URL: this.postgres.url('reader'),
      RABBITMQ_MANAGEMENT_URL: this.options.broker.managementUrl,
      TOPOLOGY_RABBITMQ_URL: this.brokerUrl('topology'),
      RABBITMQ_QUEUE_TYPE: this.queueType,
    });
    const ended = new Promise((done) => job.once('exit', done));
    const [said, wrong] = await Promise.all([job.stdout, job.stderr].map((stream) => (stream ? text(stream) : '')));
    const code = await ended;
    if (code !== 0 || wrong) throw new Error(`The provision job ended with ${code}:\n${said}${wrong}`);
    return said ?? '';
  }

  /** The real name of a queue: that of a classic one says so. */
  queue(name: string): string {
    return this.queueType === 'quorum' ? name : `${name}.${this.queueType}`;
  }

  /** Asks the database. A service's name: as an administrator, in the service's schema. */
  async sql<Row extends QueryResultRow>(as: DatabaseUser, statement: string, values: unknown[] = []): Promise<Row[]> {
    return await this.postgres.sql(as, statement, values);
  }

  /** Publishes to an exchange as a service's broker user, or as the administrator, and waits for the confirm. */
  async publish(
    as: ServiceName | 'admin',
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish = {},
  ): Promise<void> {
    await this.publishAll(as, [{ exchange, routingKey, body, properties }]);
  }

  /** The same of several messages at once, in their order. */
  async publishAll(as: ServiceName | 'admin', messages: readonly SentMessage[]): Promise<void> {
    const connection = await connect(as === 'admin' ? this.vhost.url() : this.brokerUrl(as));
    try {
      const channel = await connection.createConfirmChannel();
      for (const { exchange, routingKey, body, properties } of messages)
        channel.publish(exchange, routingKey, body, properties);
      await channel.waitForConfirms();
    } finally {
      await connection.close();
    }
  }

  /**
   * Stops everything that was started, and removes it.
   * @throws Error naming everything that a process did and must not: ended unasked, or not cleanly, or logged a secret.
   */
  async end(): Promise<void> {
    const { faults, leaks } = await this.stop();
    await this.remove();
    const all = [...faults, ...leaks];
    if (all.length > 0) throw new Error(`The services did what they must not:\n${all.join('\n')}`);
  }

  /** Stops every process. @returns what they did and must not: ended unasked, or not cleanly; and what they logged of secrets */
  async stop(): Promise<{ readonly faults: readonly string[]; readonly leaks: readonly string[] }> {
    const all = [...this.services, ...this.others];
    await Promise.all(all.filter(({ isRunning }) => isRunning).map((service) => service.stop()));
    await this.postgres.close();
    return { faults: all.flatMap((service) => service.faults), leaks: all.flatMap((service) => this.leaksOf(service)) };
  }

  /** Removes the database, and what is in the broker, of a system that was stopped. */
  async remove(): Promise<void> {
    await this.postgres.drop();
    await this.vhost.drop();
  }

  private leaksOf({ name, output }: ServiceProcess): string[] {
    return output.values.flatMap((line) =>
      [...this.secrets].filter((secret) => line.includes(secret)).map((secret) => `${name} logged ${secret}: ${line}`),
    );
  }

  private process(name: ServiceName, port: number): ServiceProcess {
    return new ServiceProcess(name, port, { ...this.urls, ...this.environmentOf(name) });
  }

  private environmentOf(service: ServiceName): Record<string, string> {
    const prefix = `${service.toUpperCase()}_`;
    const given = Object.entries(this.options.env ?? {});
    const own = given
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]);
    return {
      ...settings,
      RABBITMQ_QUEUE_TYPE: this.queueType,
      DATABASE_URL: through(this.options.via?.postgres, this.postgres.url(`${service}_service`)),
      RABBITMQ_URL: through(this.options.via?.broker, this.brokerUrl(service)),
      ...Object.fromEntries([...given, ...own]),
    };
  }

  /** Where a broker user finds the broker, whatever lies between a service and it. */
  brokerUrl(user: string): string {
    return this.vhost.url(user, passwordOf(user));
  }
}

/** The same URL at another address. */
function through(address: Address | undefined, url: string): string {
  if (!address) return url;
  const other = new URL(url);
  other.host = `${address.host}:${address.port}`;
  return other.href;
}
