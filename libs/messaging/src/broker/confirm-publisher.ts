import type { ConfirmChannel, Message, Options } from 'amqplib';
import { BrokerChannel, type ChannelLoss } from './broker-channel';
import type { BrokerConnection } from './broker-connection';
import { Flights } from './flights';
import { NackStreak } from './nack-streak';
import type { OutgoingMessage } from './outgoing-message';
import type { PublishOutcome } from './publish-outcome';
import { type QueueDepth, queueDepth } from './queue-depth';
import { rejectionOf } from './rejection';
import { settledWithin } from './settled-within';
import { exchanges } from './topology';

export interface ConfirmPublisherOptions {
  /** Of purpose `publish`. */
  readonly connection: BrokerConnection;
  /** Publishes that may await their confirm at a time; more wait for room, first come first served. Default 1000. */
  readonly window?: number;
  /** Milliseconds after which a publish without an answer is `timed-out`; does not run while the connection is blocked. Default 15 000. */
  readonly confirmTimeout?: number;
}

/**
 * - `open`: publishes are sent.
 * - `blocked`: the broker takes none for now. What is in flight keeps waiting.
 * - `faulty`: the broker refuses the exchange (missing, or no permission); the reason says what to do. It is tried on.
 * - `closed`: no connection or no channel.
 */
export interface PublisherState {
  readonly status: 'open' | 'blocked' | 'faulty' | 'closed';
  readonly reason?: string;
}

const defaultWindow = 1_000;
const defaultConfirmTimeout = 15_000;
/** Finds a returned message's publish: a return carries the message's headers, and no delivery tag. */
const sequenceHeader = 'x-publish';
const closedReason = 'The publisher is closed';

/** Publishes persistent and mandatory, and tells of every publish how it ended. Keeps nothing for later: that is the outbox's. */
export class ConfirmPublisher {
  private readonly channel: BrokerChannel<ConfirmChannel>;
  private readonly flights: Flights;
  private readonly confirmTimeout: number;
  private readonly nacks = new NackStreak();
  private readonly listeners = { ready: [] as (() => void)[], state: [] as ((state: PublisherState) => void)[] };
  private loss: ChannelLoss | undefined;
  private unblockedAt = 0;
  private sweeper: NodeJS.Timeout | undefined;
  private closing = false;
  private told: PublisherState = { status: 'closed' };

  constructor(private readonly options: ConfirmPublisherOptions) {
    this.flights = new Flights(options.window ?? defaultWindow);
    this.confirmTimeout = options.confirmTimeout ?? defaultConfirmTimeout;
    const { connection } = options;
    this.channel = new BrokerChannel<ConfirmChannel>({
      connection,
      create: (model) => model.createConfirmChannel(),
      prepare: async (channel) => {
        for (const { name } of exchanges) await channel.checkExchange(name);
      },
      onOpen: (channel) => {
        channel.on('return', (message) => this.returned(message));
        this.loss = undefined;
        this.tellState();
      },
      onLoss: (loss) => this.lost(loss),
    });
    connection.on('state', () => this.tellState());
    connection.on('blocked', () => this.flights.admitAll());
    connection.on('unblocked', () => {
      this.unblockedAt = performance.now();
    });
  }

  start(): void {
    this.sweeper ??= setInterval(() => this.sweep(), this.confirmTimeout / 20);
    this.channel.start();
  }

  get state(): PublisherState {
    const connection = this.options.connection.state;
    if (this.closing) return { status: 'closed', reason: closedReason };
    if (connection.status === 'blocked') return { status: 'blocked', reason: connection.reason };
    if (connection.status !== 'connected') return { status: 'closed', reason: connection.reason ?? 'Not connected' };
    if (this.channel.channel !== undefined) return { status: 'open' };
    const loss = this.loss;
    if (loss?.code === 404) return { status: 'faulty', reason: `${loss.reason}: run the provision job` };
    if (loss?.code === 403) {
      const { user } = this.options.connection.address;
      return { status: 'faulty', reason: `${loss.reason}: run the provision job, which gives ${user} its permissions` };
    }
    return { status: 'closed', reason: loss?.reason ?? 'No channel yet' };
  }

  /** Publishes sent whose outcome is not known yet. */
  get inFlight(): number {
    return this.flights.size;
  }

  /** Calls back each time the publisher has become `open`. */
  onReady(listener: () => void): void {
    this.listeners.ready.push(listener);
  }

  /** Calls back each time status or reason have changed. */
  onState(listener: (state: PublisherState) => void): void {
    this.listeners.state.push(listener);
  }

  /** Why this message itself can never be published; ask before publishing it. */
  rejection(message: OutgoingMessage): string | undefined {
    return rejectionOf(message);
  }

  /** Publishes, and resolves with exactly one outcome; never rejects. While the publisher is not open, `disconnected` at once. */
  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.closing) return Promise.resolve({ outcome: 'disconnected', reason: closedReason });
    return new Promise((settle) => {
      const send = () => this.send(message, settle);
      if (this.sendsOn() === undefined) send();
      else this.flights.admit(send);
    });
  }

  /** Takes no more publishes, awaits the outcomes of those accepted for up to `patience` milliseconds, ends the rest as `disconnected`. */
  async close(patience: number): Promise<void> {
    this.closing = true;
    this.tellState();
    await settledWithin(this.flights.ended(), patience);
    clearInterval(this.sweeper);
    await this.channel.close();
    this.disconnectAll({ reason: closedReason });
  }

  /** Looks at a queue over this publisher's connection: how many messages are ready in it, and how many consumers it has. */
  waiting(queue: string): Promise<QueueDepth> {
    return queueDepth(this.options.connection, queue);
  }

  private send(message: OutgoingMessage, settle: (outcome: PublishOutcome) => void): void {
    const channel = this.sendsOn();
    if (channel === undefined) {
      const { status, reason = status } = this.state;
      settle({ outcome: 'disconnected', reason });
      return;
    }
    const sequence = this.flights.begin(settle);
    const { exchange, routingKey, body } = message;
    try {
      channel.publish(exchange, routingKey, body, this.properties(message, sequence), (nack: unknown) =>
        this.answered(sequence, nack === null),
      );
    } catch (error) {
      // Thrown before anything was written: the channel is closing, or the message does not fit into AMQP.
      this.flights.end(sequence, { outcome: 'disconnected', reason: `not sent: ${(error as Error).message}` });
    }
  }

  /** A blocked connection is not read by the broker, so what is written to it would only pile up here. */
  private sendsOn(): ConfirmChannel | undefined {
    return this.options.connection.state.status === 'blocked' ? undefined : this.channel.channel;
  }

  private properties(message: OutgoingMessage, sequence: number): Options.Publish {
    const { messageId, type, priority, correlationId, headers } = message;
    const { address, service } = this.options.connection;
    return {
      mandatory: true,
      persistent: true,
      contentType: 'application/json',
      userId: address.user,
      appId: service,
      timestamp: Math.floor(Date.now() / 1000),
      messageId,
      type,
      priority,
      correlationId,
      headers: { ...headers, [sequenceHeader]: sequence },
    };
  }

  private returned(message: Message): void {
    const flight = this.flights.find(message.properties.headers?.[sequenceHeader]);
    const { replyCode, replyText } = message.fields as unknown as { replyCode: number; replyText: string };
    if (flight !== undefined) flight.returned = `${replyCode} ${replyText}`;
  }

  private answered(sequence: number, ack: boolean): void {
    const flight = this.flights.find(sequence);
    if (ack) {
      this.nacks.broken();
      this.channel.healthy();
    }
    if (flight === undefined) return;
    if (!ack) {
      this.flights.end(sequence, { outcome: 'nacked', reason: 'the broker refused it (basic.nack)' });
      const streak = this.nacks.nacked();
      if (streak !== undefined) void this.channel.reopen(streak);
    } else if (flight.returned !== undefined) {
      this.flights.end(sequence, { outcome: 'returned', reason: flight.returned });
    } else {
      this.flights.end(sequence, { outcome: 'confirmed', milliseconds: performance.now() - flight.begunAt });
    }
  }

  private lost(loss: ChannelLoss): void {
    this.loss = loss;
    this.nacks.broken();
    this.disconnectAll(loss);
    this.tellState();
  }

  private disconnectAll({ reason, code }: Pick<ChannelLoss, 'reason' | 'code'>): void {
    this.flights.endAll({ outcome: 'disconnected', reason, code });
  }

  private sweep(): void {
    if (this.options.connection.state.status === 'blocked') return;
    const latest = performance.now() - this.confirmTimeout;
    // After an alarm the broker has as much time as ever for what it has not read till then.
    if (this.unblockedAt > latest) return;
    this.flights.endBegunBefore(latest, {
      outcome: 'timed-out',
      reason: `no confirm within ${this.confirmTimeout} ms`,
    });
  }

  private tellState(): void {
    const state = this.state;
    const wasOpen = this.told.status === 'open';
    if (this.told.status === state.status && this.told.reason === state.reason) return;
    this.told = state;
    for (const listener of this.listeners.state) listener(state);
    if (state.status === 'open' && !wasOpen) for (const listener of this.listeners.ready) listener();
  }
}
