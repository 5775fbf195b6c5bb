import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { backoff } from '../backoff';
import { ConfirmPublisher } from '../broker/confirm-publisher';
import type { PublishOutcome } from '../broker/publish-outcome';
import { eventsExchange } from '../broker/topology';
import { encode } from '../codec';
import { MessageSteps } from '../message-step';
import { PollLoop } from '../poll-loop';
import type { RecordedMessage } from '../recorded-message';
import { type ClaimedMessage, claimOutbox } from './claim';
import { Room } from './room';
import type { Settlement } from './settle';
import { Settler } from './settler';

/** Rows a claim. */
const batchSize = 500;
/** Messages between claim and settlement, at most. */
const inFlightLimit = 750;
/** Milliseconds between two claims: where much is recorded, more of it goes in one. Where little is, nothing waits. */
const pause = 5;
/** Longer than the publisher's confirm timeout and everything else that can happen to a claimed row here. */
const lease = 30_000;
/**
 * Of those that are sent from the transaction that recorded them. Shorter, for it is how long they wait when their process dies; so one whose confirm
 * takes longer than this goes twice.
 */
const freshLease = 10_000;
/** The most of them between their commit and settlement. They are beside those that were claimed, so that no backlog is before them. */
const freshLimit = 250;
const resendBase = 1_000;
const resendCap = 60_000;
/** Milliseconds for which messages go one at a time, after the broker has closed the channel over one of several. Longer than `resendCap`. */
const cautionTime = 90_000;
/** PRECONDITION_FAILED (AMQP): a message itself is at fault, for example larger than this broker's max_message_size. */
const preconditionFailed = 406;

/**
 * Sends what the outbox holds, and settles what became of it. Claims only while the publisher is open and not blocked: without a broker the
 * rows stay as they are. Any number of relays may run on one outbox.
 */
@Injectable()
export class Relay {
  private readonly logger = new Logger('Relay');
  private readonly room = new Room(inFlightLimit);
  private readonly freshRoom = new Room(freshLimit);
  private readonly loop: PollLoop;
  private isStarted = false;
  private cautiousUntil = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: ConfirmPublisher,
    private readonly settler: Settler,
    private readonly steps: MessageSteps,
  ) {
    this.loop = new PollLoop({
      name: 'The relay',
      runOnce: () => this.fillWindow(),
      shortestWait: 20,
      longestWait: 1_000,
      pause,
      logger: this.logger,
    });
    publisher.onReady(() => this.loop.wake());
  }

  /** Sends one batch. Resolves with its size when every message of it is settled. */
  async runOnce(limit = batchSize): Promise<number> {
    const sending = await this.claimAndSend(limit);
    await Promise.all(sending);
    return sending.length;
  }

  start(): void {
    this.isStarted = true;
    this.loop.start();
  }

  /** There is something to claim: looks now. */
  wake(): void {
    this.loop.wake();
  }

  /**
   * Takes places for messages that are about to be recorded, if all of them can be sent at once. Each is to be sent, or its place left again.
   * @returns milliseconds for which they are to be leased to this relay; undefined where they have to wait for a claim.
   */
  reserve(count: number): number | undefined {
    const isOpen = this.isStarted && !this.isCautious && this.publisher.state.status === 'open';
    if (!isOpen || this.freshRoom.free < count) return undefined;
    this.freshRoom.enter(count);
    return freshLease;
  }

  /** Nothing was recorded. */
  leave(count: number): void {
    this.freshRoom.leave(count);
  }

  /** Sends messages that are recorded, and leased to this relay. */
  sendReserved(messages: readonly RecordedMessage[]): void {
    this.steps.before('claimed');
    for (const message of messages)
      void this.send({ ...message, attempt: 1 }, false).finally(() => this.freshRoom.leave(1));
  }

  /** Claims no more, and resolves when everything claimed is settled. */
  async stop(): Promise<void> {
    this.isStarted = false;
    await this.loop.stop();
    await Promise.all([this.room.empty(), this.freshRoom.empty()]);
  }

  /** Like `runOnce`, but goes on while a few slow confirms are still out, so that they delay nobody else. */
  private async fillWindow(): Promise<boolean> {
    await this.room.until(batchSize / 2);
    const limit = Math.min(this.room.free, batchSize);
    const sending = await this.claimAndSend(limit);
    return sending.length >= (this.isCautious ? 1 : limit);
  }

  /** Messages go one at a time. */
  private get isCautious(): boolean {
    return performance.now() < this.cautiousUntil;
  }

  private async claimAndSend(limit: number): Promise<Promise<void>[]> {
    const alone = this.isCautious;
    if (alone) await Promise.all([this.room.empty(), this.freshRoom.empty()]);
    if (this.publisher.state.status !== 'open') return [];
    this.steps.before('claimed');
    // One that waited for others behind its claim could outlive its lease, and be sent by somebody else meanwhile.
    const messages = await claimOutbox(this.dataSource, alone ? 1 : limit, lease);
    return messages.map(async (message) => {
      this.room.enter(1);
      try {
        await this.send(message, alone);
      } finally {
        this.room.leave(1);
      }
    });
  }

  /** @param alone nothing else of ours is in flight, so that what closes the channel now is this message. */
  private async send(message: ClaimedMessage, alone: boolean): Promise<void> {
    const { messageId, type, attempt } = message;
    this.steps.took({ step: 'claimed', messageId, type, attempt });
    const outgoing = encode(message, message.payload, eventsExchange, type);
    const fault = this.publisher.rejection(outgoing);
    if (fault) return this.park(message, fault);
    const publishing = this.publisher.publish(outgoing);
    this.steps.before('confirmed', 'returned', 'nacked', 'timed-out', 'disconnected');
    const outcome = await publishing;
    this.steps.took({ step: outcome.outcome, messageId, type, attempt, ...describe(outcome) });
    if (outcome.outcome === 'confirmed') {
      await this.settle(message, { messageId, attempt, outcome: 'confirmed', error: null, delay: 0 });
      return;
    }
    if (outcome.code === preconditionFailed && alone) return this.park(message, outcome.reason);
    if (outcome.code === preconditionFailed) this.cautiousUntil = performance.now() + cautionTime;
    const delay = backoff(attempt, resendBase, resendCap);
    await this.settle(message, { messageId, attempt, outcome: outcome.outcome, error: outcome.reason, delay });
  }

  private async park(message: ClaimedMessage, fault: string): Promise<void> {
    const { messageId, type, attempt } = message;
    this.steps.before('parked');
    const settled = await this.settle(message, { messageId, attempt, outcome: 'parked', error: fault, delay: 0 });
    if (settled) this.steps.took({ step: 'parked', messageId, type, detail: fault });
  }

  /** @returns false when the database does not take it. Nothing is lost then: the lease ends, and the message is sent again. */
  private async settle({ messageId, type, attempt }: ClaimedMessage, settlement: Settlement): Promise<boolean> {
    try {
      this.steps.before('settled');
      await this.settler.settle(settlement);
      this.steps.took({ step: 'settled', messageId, type, attempt });
      return true;
    } catch (error) {
      this.logger.error(
        `${type} ${messageId}: "${settlement.outcome}" could not be written, it will be sent again: ${(error as Error).message}`,
      );
      return false;
    }
  }
}

function describe(outcome: PublishOutcome): { milliseconds: number } | { detail: string } {
  return outcome.outcome === 'confirmed' ? { milliseconds: outcome.milliseconds } : { detail: outcome.reason };
}
