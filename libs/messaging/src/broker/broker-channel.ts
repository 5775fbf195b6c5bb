import type { Channel, ChannelModel } from 'amqplib';
import { Backoff } from './backoff';
import type { BrokerConnection } from './broker-connection';
import { settledWithin } from './settled-within';

/** Why a channel is gone, or why it could not be opened. */
export interface ChannelLoss {
  /** AMQP reply code, when the broker closed the channel: 403, 404, 406. */
  readonly code?: number;
  readonly reason: string;
  readonly connectionLost: boolean;
}

export interface BrokerChannelOptions<Kind extends Channel> {
  readonly connection: BrokerConnection;
  create(connection: ChannelModel): Promise<Kind>;
  /** Makes a new channel ready for use: declares, checks, consumes. When it rejects, the channel is closed and opened again later. */
  prepare(channel: Kind): Promise<void>;
  onOpen(channel: Kind): void;
  /** Called once for each channel that was lost and each failed opening, before amqplib fails the confirms of that channel. */
  onLoss(loss: ChannelLoss): void;
}

/** Milliseconds that the broker has for answering when something is closed; without an answer we go on. */
export const closeTimeout = 2_000;

/**
 * Keeps one channel open. amqp-connection-manager opens its channels again only with a new connection (its issue 347), so a channel
 * that the broker closed would stay away: this one is opened again with backoff, and at once when the connection comes up.
 */
export class BrokerChannel<Kind extends Channel> {
  private readonly backoff = new Backoff();
  private running = false;
  private loop: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};
  private latest: Kind | undefined;
  private ready: Kind | undefined;
  private closingReason: string | undefined;

  constructor(private readonly options: BrokerChannelOptions<Kind>) {
    options.connection.on('up', () => this.wake());
  }

  /** The open and prepared channel. */
  get channel(): Kind | undefined {
    return this.ready;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.loop = this.loop.then(() => this.run());
  }

  /** The channel has done its work, so what happens to it next is a first failure again. */
  healthy(): void {
    this.backoff.reset();
  }

  /** Closes the channel and opens another after the backoff. */
  async reopen(reason: string): Promise<void> {
    if (this.latest === undefined) return;
    this.closingReason = reason;
    await closeChannel(this.latest);
  }

  /** Keeps the channel that there is, but opens no other. */
  retire(): void {
    this.running = false;
    this.wake();
  }

  /** Closes the channel; may be started again. Returns within seconds, also when the broker does not answer. */
  async close(): Promise<void> {
    this.retire();
    await settledWithin(Promise.all([this.reopen('closed'), this.loop]), closeTimeout);
  }

  private async run(): Promise<void> {
    while (this.running) {
      const connection = this.options.connection.connection;
      if (connection === undefined) {
        await this.rest();
        continue;
      }
      const openedAt = performance.now();
      const loss = await this.live(connection);
      if (performance.now() - openedAt >= Backoff.recovered) this.backoff.reset();
      if (this.running && !loss.connectionLost) await this.rest(this.backoff.next());
    }
  }

  /** One channel from its opening to its end. */
  private async live(connection: ChannelModel): Promise<ChannelLoss> {
    let channel: Kind;
    try {
      channel = await this.options.create(connection);
    } catch (error) {
      return this.lose(error);
    }
    this.latest = channel;
    let failure: unknown;
    channel.on('error', (error) => {
      failure = error;
    });
    let over = false;
    const closed = new Promise<ChannelLoss>((resolve) => {
      channel.prependOnceListener('close', () => {
        over = true;
        if (this.ready !== channel) return;
        this.ready = undefined;
        resolve(this.lose(failure));
      });
    });
    try {
      await this.options.prepare(channel);
      if (over || !this.running) throw failure ?? new Error('closed while it was opened');
    } catch (error) {
      await closeChannel(channel);
      return this.lose(failure ?? error);
    }
    this.ready = channel;
    this.options.onOpen(channel);
    return closed;
  }

  private lose(failure: unknown): ChannelLoss {
    const ours = this.closingReason;
    this.latest = undefined;
    this.closingReason = undefined;
    const loss: ChannelLoss =
      ours !== undefined
        ? { reason: ours, connectionLost: false }
        : failure === undefined
          ? { reason: 'the connection to the broker was lost', connectionLost: true }
          : { code: replyCode(failure), reason: brokerText(failure), connectionLost: false };
    this.options.onLoss(loss);
    return loss;
  }

  private rest(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Closes a channel, whatever its state; resolves when it is closed, be it by the loss of its connection. */
export function closeChannel(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    channel.once('close', resolve);
    // Rejects when it has closed already, and never settles when the connection is lost meanwhile.
    channel.close().then(resolve, () => resolve());
  });
}

/** The AMQP reply code in an error of amqplib's. */
export function replyCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' ? code : undefined;
}

/** The broker's own words in an error of amqplib's: `NOT_FOUND - no exchange 'waybill.events' in vhost 'waybill'`. */
export function brokerText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /with message "(.*)"/s.exec(message)?.[1] ?? message;
}
