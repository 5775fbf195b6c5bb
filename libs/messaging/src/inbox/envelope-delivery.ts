import type { Priority, ServiceName } from '@waybill/contracts';
import { priorityName } from '@waybill/contracts';
import type { Envelope } from '../envelope';
import type { Transaction } from '../transaction';
import type { Delivery } from './delivery';

/** What a handler holds of a message, whatever transaction it gets for it: it may open one, and its owner learns how that ended. */
export abstract class EnvelopeDelivery implements Delivery {
  /** What the handler threw, before any filter saw it. */
  thrown: unknown;
  private running: Promise<unknown> | undefined;

  constructor(
    protected readonly envelope: Envelope,
    readonly attempt: number,
  ) {}

  get messageId(): string {
    return this.envelope.messageId;
  }

  get type(): string {
    return this.envelope.type;
  }

  get version(): number {
    return this.envelope.version;
  }

  get producer(): ServiceName {
    return this.envelope.producer;
  }

  get priority(): Priority {
    return priorityName(this.envelope.priority);
  }

  get correlationId(): string {
    return this.envelope.correlationId;
  }

  get causationId(): string | undefined {
    return this.envelope.causationId;
  }

  get aggregateId(): string {
    return this.envelope.aggregateId;
  }

  get aggregateVersion(): number | undefined {
    return this.envelope.aggregateVersion;
  }

  transaction<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result> {
    if (this.running) {
      const mistake = `delivery.transaction was called twice for ${this.type}: put the whole effect into one call`;
      return Promise.reject(new Error(mistake));
    }
    const running = this.run(change);
    // A handler that does not await it must not end the process: finish() tells what it threw.
    running.catch(() => {});
    this.running = running;
    return running;
  }

  /**
   * To be called when the handler has returned: ends its transaction, or has the inbox row alone where it opened none.
   * @throws what the transaction threw, also when the handler caught it or did not await it.
   */
  async finish(): Promise<void> {
    await (this.running ?? this.transaction(async () => undefined));
  }

  protected abstract run<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result>;
}
