import type { Channel, ConsumeMessage } from 'amqplib';
import { BrokerChannel, type ChannelLoss, closeTimeout } from './broker-channel';
import type { BrokerConnection } from './broker-connection';
import { settledWithin } from './settled-within';

/**
 * What becomes of a delivery. `ack` takes it off the queue. `return` leaves it to the broker: the subscription ends what it has in
 * hand, gives everything else back once by closing its channel, and consumes again after a pause.
 */
export type Verdict = 'ack' | 'return';

/**
 * - `opening`: no channel or no consumer (yet, or again); the reason says what happened.
 * - `consuming`: also with a reason when it has just recovered from something.
 * - `paused`: by `pause()`.
 * - `stopped`: for good, or not started.
 */
export interface SubscriptionState {
  readonly status: 'opening' | 'consuming' | 'paused' | 'stopped';
  readonly reason?: string;
  /** What the handler threw, when that is the reason. */
  readonly error?: unknown;
}

export interface SubscriptionOptions {
  /** Of purpose `consume`. */
  readonly connection: BrokerConnection;
  readonly queue: string;
  /** Deliveries in hand at a time. */
  readonly prefetch: number;
  /** Declares the queue and its bindings; runs before each time of consuming, so a queue that was deleted comes back. */
  prepare(channel: Channel): Promise<void>;
  /** Must not await `pause` or `stop` of its own subscription. A rejection counts as `return`. */
  onDelivery(message: ConsumeMessage, redelivered: boolean): Promise<Verdict>;
  /** The ack is handed to the channel, or the delivery goes back when the channel closes. Not called where an ack came too late for its channel. */
  onAnswered(message: ConsumeMessage, verdict: Verdict): void;
  onState(state: SubscriptionState): void;
}

/** Consumes one queue on a channel of its own, through closed channels, lost connections and deleted queues. */
export class Subscription {
  private readonly channel: BrokerChannel<Channel>;
  private readonly handling = new Set<Promise<void>>();
  private current: SubscriptionState = { status: 'stopped' };
  /** The channel whose deliveries are handled; those that still come on another go back when it closes. */
  private intake: Channel | undefined;
  private consumerTag = '';
  private trouble: Pick<SubscriptionState, 'reason' | 'error'> | undefined;
  /** One change at a time: each waits for the one before. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: SubscriptionOptions) {
    this.channel = new BrokerChannel<Channel>({
      connection: options.connection,
      create: (model) => model.createChannel(),
      prepare: (channel) => this.consume(channel),
      onOpen: () => this.opened(),
      onLoss: (loss) => this.lost(loss),
    });
  }

  get state(): SubscriptionState {
    return this.current;
  }

  start(): void {
    if (this.current.status !== 'stopped') return;
    this.become({ status: 'opening' });
    this.turn = this.turn.then(() => this.channel.start());
  }

  /** Takes no more deliveries; those in hand are ended, the rest goes back to the queue once. Resolves when that is done. */
  pause(reason: string): Promise<void> {
    if (this.current.status === 'stopped') return this.turn;
    this.intake = undefined;
    this.become({ status: 'paused', reason });
    this.turn = this.turn.then(() => this.halt());
    return this.turn;
  }

  resume(): void {
    if (this.current.status !== 'paused') return;
    this.become({ status: 'opening' });
    this.turn = this.turn.then(() => this.channel.start());
  }

  /** Takes no more deliveries, awaits and acks those in hand, closes the channel. */
  stop(): Promise<void> {
    if (this.current.status !== 'stopped') {
      this.intake = undefined;
      this.become({ status: 'stopped' });
      this.turn = this.turn.then(() => this.halt());
    }
    return this.turn;
  }

  /** Declares the queue and its bindings once more, while it is consumed. A failure closes the channel, and it is prepared anew. */
  async prepareAgain(): Promise<void> {
    const channel = this.channel.channel;
    if (channel !== undefined) await this.options.prepare(channel);
  }

  private async consume(channel: Channel): Promise<void> {
    await this.options.prepare(channel);
    await channel.prefetch(this.options.prefetch);
    if (this.current.status !== 'opening') throw new Error('paused or stopped while it was opened');
    this.intake = channel;
    const { consumerTag } = await channel.consume(this.options.queue, (message) => this.receive(channel, message));
    this.consumerTag = consumerTag;
  }

  private opened(): void {
    if (this.current.status !== 'opening') return;
    const { reason, error } = this.trouble ?? {};
    this.trouble = undefined;
    this.become({ status: 'consuming', reason: reason && `${reason}; consuming again`, error });
  }

  private lost(loss: ChannelLoss): void {
    this.intake = undefined;
    if (this.current.status !== 'consuming' && this.current.status !== 'opening') return;
    this.trouble ??= { reason: loss.reason };
    this.become({ status: 'opening', ...this.trouble, reason: loss.reason });
  }

  private receive(channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) {
      const reason = `The broker ended the consumer of ${this.options.queue} (most likely the queue was deleted, or a handler took longer than the broker's consumer timeout)`;
      this.intake = undefined;
      void this.channel.reopen(reason);
    } else if (this.intake === channel) {
      const handled = this.handle(channel, message).finally(() => this.handling.delete(handled));
      this.handling.add(handled);
    }
  }

  private async handle(channel: Channel, message: ConsumeMessage): Promise<void> {
    const { queue, onDelivery, onAnswered } = this.options;
    try {
      const verdict = await onDelivery(message, message.fields.redelivered);
      if (verdict === 'ack') {
        channel.ack(message);
        this.channel.healthy();
      } else {
        this.giveBack(channel, { reason: `A delivery of ${queue} was given back` });
      }
      onAnswered(message, verdict);
    } catch (error) {
      // Also an ack on a channel that has closed meanwhile: the broker delivers again by itself then, and nothing is left to give back.
      const text = error instanceof Error ? error.message : String(error);
      this.giveBack(channel, { reason: `The handling of a delivery of ${queue} failed: ${text}`, error });
    }
  }

  private giveBack(channel: Channel, trouble: Pick<SubscriptionState, 'reason' | 'error'>): void {
    if (this.intake !== channel) return;
    this.intake = undefined;
    this.trouble = trouble;
    this.turn = this.turn.then(async () => {
      await this.drain(channel);
      if (this.channel.channel === channel) await this.channel.reopen(trouble.reason ?? '');
    });
  }

  private async halt(): Promise<void> {
    this.channel.retire();
    await this.drain(this.channel.channel);
    await this.channel.close();
  }

  private async drain(channel: Channel | undefined): Promise<void> {
    // Unanswered, or rejected because the channel closed meanwhile: what still comes is not taken in any more.
    if (channel !== undefined) await settledWithin(channel.cancel(this.consumerTag), closeTimeout);
    await Promise.all(this.handling);
  }

  private become(state: SubscriptionState): void {
    this.current = state;
    this.options.onState(state);
  }
}
