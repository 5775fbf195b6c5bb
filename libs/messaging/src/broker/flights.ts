import type { PublishOutcome } from './publish-outcome';

type Settle = (outcome: PublishOutcome) => void;

/** A publish that was sent and has no outcome yet. */
export interface Flight {
  readonly begunAt: number;
  readonly settle: Settle;
  /** The broker's words, once it has returned the message. Its ack is still to come. */
  returned?: string;
}

/** The publishes in flight, each of which ends with one outcome, and those that wait for room among them. */
export class Flights {
  /** By sequence number, so in the order of sending. */
  private readonly begun = new Map<number, Flight>();
  private readonly waiting: (() => void)[] = [];
  private sequence = 0;
  private onEnded: () => void = () => {};

  /** @param window how many may be in flight at a time. */
  constructor(private readonly window: number) {}

  get size(): number {
    return this.begun.size;
  }

  /** Calls `send` as soon as there is room, in the order of asking. */
  admit(send: () => void): void {
    if (this.begun.size < this.window && this.waiting.length === 0) send();
    else this.waiting.push(send);
  }

  /** Calls everybody who waits for room: there is nothing to wait for any more. */
  admitAll(): void {
    for (const send of this.waiting.splice(0)) send();
  }

  /** @returns the publish's sequence number, never used again. */
  begin(settle: Settle): number {
    this.begun.set(++this.sequence, { begunAt: performance.now(), settle });
    return this.sequence;
  }

  find(sequence: number): Flight | undefined {
    return this.begun.get(sequence);
  }

  /** Does nothing when the publish has ended already. */
  end(sequence: number, outcome: PublishOutcome): void {
    const flight = this.begun.get(sequence);
    if (flight === undefined) return;
    this.begun.delete(sequence);
    flight.settle(outcome);
    this.waiting.shift()?.();
    if (this.begun.size === 0) this.onEnded();
  }

  endAll(outcome: PublishOutcome): void {
    for (const sequence of [...this.begun.keys()]) this.end(sequence, outcome);
    this.admitAll();
  }

  endBegunBefore(time: number, outcome: PublishOutcome): void {
    for (const [sequence, { begunAt }] of this.begun) {
      if (begunAt > time) return;
      this.end(sequence, outcome);
    }
  }

  /** Resolves when none is in flight. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.onEnded = resolve;
      if (this.begun.size === 0) resolve();
    });
  }
}
