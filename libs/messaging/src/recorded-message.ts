import type { Envelope } from './envelope';

/** An event as it goes into the outbox. */
export interface RecordedMessage extends Envelope {
  readonly consumers: readonly string[];
  /** JSON. */
  readonly payload: string;
}
