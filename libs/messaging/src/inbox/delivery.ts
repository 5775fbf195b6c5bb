import type { Priority, ServiceName } from '@waybill/contracts';
import type { Transaction } from '../transaction';

/** One message as its handler sees it. */
export interface Delivery {
  readonly messageId: string;
  readonly type: string;
  readonly version: number;
  readonly producer: ServiceName;
  readonly priority: Priority;
  readonly correlationId: string;
  /** The message whose handling recorded this one. */
  readonly causationId: string | undefined;
  readonly aggregateId: string;
  readonly aggregateVersion: number | undefined;
  /** 1 for the first. */
  readonly attempt: number;

  /**
   * Runs the effect of the message, exactly once however often the message comes: claims the inbox row, runs `change` and appends
   * the events it recorded in one transaction. A handler that calls the outside world does so before, with an idempotency key.
   * When the effect is committed already, `change` does not run and the handler ends here.
   * @throws Error when called a second time, or after the handler's deadline.
   */
  transaction<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result>;
}
