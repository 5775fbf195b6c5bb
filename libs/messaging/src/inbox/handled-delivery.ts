import { type Catalogue, type Priority, priorityName, type ServiceName } from '@waybill/contracts';
import { type DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import type { Envelope } from '../envelope';
import type { MessageSteps } from '../message-step';
import type { RecordedMessage } from '../recorded-message';
import { RecordingTransaction } from '../recording-transaction';
import { rollBack } from '../roll-back';
import type { Transaction } from '../transaction';
import type { Delivery } from './delivery';

export interface HandledDeliveryOptions {
  readonly dataSource: DataSource;
  readonly service: ServiceName;
  readonly catalogue: Catalogue;
  readonly steps: MessageSteps;
  readonly envelope: Envelope;
  readonly attempt: number;
  /** Takes the message in the effect's transaction; false when somebody else has it. */
  readonly claim: (manager: EntityManager) => Promise<boolean>;
}

/** Ends a handler whose message was handled before. Not a failure. */
class AlreadyHandled extends Error {
  override readonly name = 'AlreadyHandled';
}

/** One attempt at one message: what the handler holds, and what its owner learns of it. */
export class HandledDelivery implements Delivery {
  /** What the handler threw, before any filter saw it. */
  thrown: unknown;
  /** There was no connection for its transaction, so that nothing of the handler's has failed. */
  couldNotBegin = false;
  private queryRunner: QueryRunner | undefined;
  private running: Promise<unknown> | undefined;
  private abandoned = false;
  private result: 'open' | 'committed' | 'absorbed' = 'open';
  private messages: readonly RecordedMessage[] = [];

  constructor(private readonly options: HandledDeliveryOptions) {}

  get messageId(): string {
    return this.options.envelope.messageId;
  }

  get type(): string {
    return this.options.envelope.type;
  }

  get version(): number {
    return this.options.envelope.version;
  }

  get producer(): ServiceName {
    return this.options.envelope.producer;
  }

  get priority(): Priority {
    return priorityName(this.options.envelope.priority);
  }

  get correlationId(): string {
    return this.options.envelope.correlationId;
  }

  get causationId(): string | undefined {
    return this.options.envelope.causationId;
  }

  get aggregateId(): string {
    return this.options.envelope.aggregateId;
  }

  get aggregateVersion(): number | undefined {
    return this.options.envelope.aggregateVersion;
  }

  get attempt(): number {
    return this.options.attempt;
  }

  /** `committed`: by this attempt; `absorbed`: somebody else has or had the message; `open`: neither. */
  get state(): 'open' | 'committed' | 'absorbed' {
    return this.result;
  }

  /** What this attempt recorded, once it is committed. */
  get recorded(): readonly RecordedMessage[] {
    return this.result === 'committed' ? this.messages : [];
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
   * To be called when the handler has returned: ends its transaction, or writes the inbox row alone where it opened none.
   * @throws what the transaction threw, also when the handler caught it or did not await it.
   */
  async finish(): Promise<void> {
    await (this.running ?? this.transaction(async () => undefined));
  }

  /** The attempt is over for its owner: it cannot commit any more, for its connection is cut. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    if (!this.queryRunner || this.queryRunner.isReleased) return;
    const client = (await this.queryRunner.connect()) as { connection: { stream: { destroy(): void } } };
    client.connection.stream.destroy();
  }

  private async run<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result> {
    this.mustNotBeAbandoned();
    const queryRunner = this.options.dataSource.createQueryRunner();
    this.queryRunner = queryRunner;
    try {
      const { service, catalogue, steps, envelope } = this.options;
      await this.claim(queryRunner);
      const tx = new RecordingTransaction(queryRunner.manager, service, catalogue, steps, envelope);
      const result = await change(tx);
      steps.before('processed');
      this.messages = await tx.commit(queryRunner);
      this.result = 'committed';
      return result;
    } catch (error) {
      await rollBack(queryRunner);
      throw error;
    } finally {
      await queryRunner.release();
    }
  }

  /** Begins the transaction, and takes the message in it. */
  private async claim(queryRunner: QueryRunner): Promise<void> {
    let isTaken: boolean;
    try {
      await queryRunner.startTransaction();
      isTaken = await this.options.claim(queryRunner.manager);
    } catch (error) {
      this.couldNotBegin = !isRefusal(error);
      throw error;
    }
    if (isTaken) return;
    this.result = 'absorbed';
    throw new AlreadyHandled(`${this.type} ${this.messageId} was handled before`);
  }

  private mustNotBeAbandoned(): void {
    if (this.abandoned) throw new Error(`${this.type} ${this.messageId}: the handler's deadline had passed`);
  }
}

/** Postgres has answered, with an error of its own; anything else is the connection's failure. */
function isRefusal(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { severity?: string }).severity !== undefined;
}
