import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import type { ServiceName } from '@waybill/contracts';
import type { ChannelModel } from 'amqplib';
import { type BrokerAddress, brokerAddress } from './broker-address';
import { connectFailure, versionRefusal } from './connect-failure';
import { settledWithin } from './settled-within';
import type { QueueType } from './topology';

export interface BrokerConnectionOptions {
  /** AMQP URL with user and password. The password is never logged nor told in a state. */
  readonly url: string;
  /** Publishing and consuming go over connections of their own: an alarm at the broker stops whoever publishes, and must not stop acks. */
  readonly purpose: 'publish' | 'consume';
  readonly service: ServiceName;
  readonly queueType: QueueType;
}

/**
 * - `closed`: not started, or closed by us.
 * - `connecting`: no connection; it is tried every second.
 * - `connected`.
 * - `blocked`: connected, but the broker takes no publishes (memory or disk alarm). Consuming goes on.
 * - `refused`: login, vhost or version do not fit; the reason says what to do. It is tried on, so that it heals by itself.
 */
export interface BrokerConnectionState {
  readonly status: 'closed' | 'connecting' | 'connected' | 'blocked' | 'refused';
  readonly reason?: string;
  readonly since: Date;
}

interface BrokerConnectionEvents {
  /** A connection that can be used; the channels of the one before are gone. */
  up: [connection: ChannelModel];
  down: [reason: string];
  blocked: [reason: string];
  unblocked: [];
  /** Status or reason have changed. */
  state: [state: BrokerConnectionState];
}

const heartbeatSeconds = 5;
const handshakeTimeout = 10_000;
const closeTimeout = 2_000;

/** golevelup logs with stack traces; whoever owns this connection logs its states instead. */
const silent = { log: () => {}, warn: () => {}, error: () => {} };

/** One connection to the broker, kept up by golevelup and amqp-connection-manager. Its channels are ours: see BrokerChannel. */
export class BrokerConnection extends EventEmitter<BrokerConnectionEvents> {
  readonly address: BrokerAddress;
  private readonly amqp: AmqpConnection;
  private model: ChannelModel | undefined;
  private current: BrokerConnectionState = { status: 'closed', since: new Date() };

  /** @throws Error when the URL is not an AMQP URL with a user. */
  constructor(private readonly options: BrokerConnectionOptions) {
    super();
    this.setMaxListeners(0);
    this.address = brokerAddress(options.url);
    this.amqp = new AmqpConnection({
      name: this.name,
      uri: options.url,
      logger: silent,
      registerHandlers: false,
      enableDirectReplyTo: false,
      connectionInitOptions: { wait: false, skipConnectionFailedLogging: true, skipDisconnectFailedLogging: true },
      connectionManagerOptions: {
        heartbeatIntervalInSeconds: heartbeatSeconds,
        reconnectTimeInSeconds: 1,
        connectionOptions: {
          noDelay: true,
          timeout: handshakeTimeout,
          clientProperties: { connection_name: this.name },
        },
      },
    });
  }

  /** As the broker lists it: `order publish`. */
  get name(): string {
    return `${this.options.service} ${this.options.purpose}`;
  }

  get service(): ServiceName {
    return this.options.service;
  }

  get state(): BrokerConnectionState {
    return this.current;
  }

  /** The live connection, for opening channels; undefined while there is none that may be used. */
  get connection(): ChannelModel | undefined {
    return this.model;
  }

  /** Starts connecting and returns at once; the broker may be away. Call it once. */
  start(): void {
    this.become('connecting');
    void this.amqp.init();
    // Opened unasked by golevelup, and without an 'error' listener.
    void this.amqp.managedChannel.close();
    const managed = this.amqp.managedConnection;
    managed.on('connect', ({ connection }) => this.accept(connection as unknown as ChannelModel));
    managed.on('connectFailed', ({ err }) => this.fail(err));
    managed.on('disconnect', ({ err }) => this.lose(err));
    managed.on('blocked', ({ reason }) => this.block(reason));
    managed.on('unblocked', () => this.unblock());
  }

  /** Closes for good, within two seconds also when the broker does not answer. Close publishers and subscriptions first. */
  async close(): Promise<void> {
    if (this.current.status === 'closed') return;
    const model = this.model;
    this.model = undefined;
    this.become('closed');
    if (await settledWithin(this.amqp.close(), closeTimeout)) return;
    // Half-closed towards a peer that does not read, the socket would keep the process alive.
    (model?.connection as unknown as { stream: Duplex } | undefined)?.stream.destroy();
  }

  private accept(model: ChannelModel): void {
    if (this.current.status === 'closed') return;
    const refusal = versionRefusal(model.connection.serverProperties.version, this.options.queueType);
    // Left open unused: when the broker is upgraded it closes, and the next one is looked at again.
    if (refusal !== undefined) {
      this.become('refused', refusal);
      return;
    }
    this.model = model;
    this.become('connected');
    this.emit('up', model);
  }

  private fail(error: Error): void {
    if (this.current.status === 'closed') return;
    const { refused, reason } = connectFailure(error, this.address);
    this.become(refused ? 'refused' : 'connecting', reason);
  }

  private lose(error: Error | undefined): void {
    if (this.current.status === 'closed') return;
    const reason = `The connection to the broker at ${this.address.host} was lost (${error?.message ?? 'no reason given'})`;
    const wasUp = this.model !== undefined;
    this.model = undefined;
    this.become('connecting', reason);
    if (wasUp) this.emit('down', reason);
  }

  private block(alarm: string): void {
    if (this.model === undefined) return;
    const reason = `The broker takes no publishes until its alarm clears (${alarm})`;
    this.become('blocked', reason);
    this.emit('blocked', reason);
  }

  private unblock(): void {
    if (this.model === undefined) return;
    this.become('connected');
    this.emit('unblocked');
  }

  private become(status: BrokerConnectionState['status'], reason?: string): void {
    if (this.current.status === status && this.current.reason === reason) return;
    this.current = { status, reason, since: new Date() };
    this.emit('state', this.current);
  }
}
