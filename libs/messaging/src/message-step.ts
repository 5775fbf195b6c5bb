import { EventEmitter } from 'node:events';

/**
 * Every step of a message's life, in its order. Logs, tests, metrics and crash points hang on these names and on no others.
 *
 * At the producer: `recorded` in the outbox and committed, `claimed` by the relay, then one publish outcome (`confirmed`, `returned`,
 * `nacked`, `timed-out`, `disconnected`), `settled` in the outbox; or `parked`, because the row itself can never be sent.
 * At the consumer: `received`, then `processed` (its effect is committed), `duplicate` (it was before), `retrying`, `dead` or
 * `unreadable` (kept under a key of its own); `acked`: the broker is told to take it off; or `given-back` to it, because the database is away.
 * On the way back: `receipt-sent` by the consumer, `receipt-applied` by the producer, or `overdue`, and `redelivered` to that consumer alone.
 */
export const messageSteps = [
  'recorded',
  'claimed',
  'confirmed',
  'returned',
  'nacked',
  'timed-out',
  'disconnected',
  'settled',
  'parked',
  'received',
  'processed',
  'duplicate',
  'retrying',
  'dead',
  'unreadable',
  'acked',
  'given-back',
  'replayed',
  'receipt-sent',
  'receipt-applied',
  'overdue',
  'redelivered',
] as const;

export type MessageStep = (typeof messageSteps)[number];

/** One step that one message took in this process. Holds no payload. */
export interface StepTaken {
  readonly step: MessageStep;
  readonly messageId: string;
  readonly type: string;
  /** The service at whose queue or inbox the step happened, where that is not plain from the step. */
  readonly consumer?: string;
  readonly attempt?: number;
  readonly milliseconds?: number;
  /** Why, or what follows from it, in words for a person. */
  readonly detail?: string;
}

/** Is told of a step before it happens, and when it has, ahead of all listeners. */
export type CrashPoint = (moment: 'before' | 'after', step: MessageStep) => void;

/** Tells whoever listens in this process about each step. Listeners run at once and must not throw. */
export class MessageSteps {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly crashPoint?: CrashPoint) {}

  /** To be called right before what leads to one of these steps: once for all messages of one statement or transaction. */
  before(...steps: MessageStep[]): void {
    if (this.crashPoint) for (const step of steps) this.crashPoint('before', step);
  }

  /** To be called once the step is done; what it names is committed, or written to the broker. */
  took(taken: StepTaken): void {
    this.crashPoint?.('after', taken.step);
    this.emitter.emit('step', taken);
  }

  /** @returns a function that stops listening. */
  on(listener: (taken: StepTaken) => void): () => void {
    this.emitter.on('step', listener);
    return () => this.emitter.off('step', listener);
  }
}
