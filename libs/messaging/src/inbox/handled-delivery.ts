import type { Catalogue, ServiceName } from '@waybill/contracts';
import { type DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import { cut } from '../cut';
import type { Envelope } from '../envelope';
import type { MessageSteps } from '../message-step';
import type { OutboxCommit } from '../outbox-commit';
import { RecordingTransaction } from '../recording-transaction';
import { rollBack } from '../roll-back';
import type { Transaction } from '../transaction';
import { EnvelopeDelivery } from './envelope-delivery';

export interface HandledDeliveryOptions {
  readonly dataSource: DataSource;
  readonly service: ServiceName;
  readonly catalogue: Catalogue;
  readonly steps: MessageSteps;
  readonly outboxCommit: OutboxCommit;
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
export class HandledDelivery extends EnvelopeDelivery {
  /** There was no connection for its transaction, so that nothing of the handler's has failed. */
  couldNotBegin = false;
  private queryRunner: QueryRunner | undefined;
  private abandoned = false;
  private result: 'open' | 'committed' | 'absorbed' = 'open';

  constructor(private readonly options: HandledDeliveryOptions) {
    super(options.envelope, options.attempt);
  }

  /** `committed`: by this attempt; `absorbed`: somebody else has or had the message; `open`: neither. */
  get state(): 'open' | 'committed' | 'absorbed' {
    return this.result;
  }

  /** The attempt is over for its owner: it cannot commit any more, for its connection is cut. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    if (this.queryRunner) await cut(this.queryRunner);
  }

  protected override async run<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result> {
    this.mustNotBeAbandoned();
    const queryRunner = this.options.dataSource.createQueryRunner();
    this.queryRunner = queryRunner;
    try {
      const { service, catalogue, steps, outboxCommit, envelope } = this.options;
      await this.claim(queryRunner);
      const tx = new RecordingTransaction(queryRunner.manager, service, catalogue, envelope);
      const result = await change(tx);
      steps.before('processed');
      await outboxCommit.commit(queryRunner, tx.end());
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
    let isConnected = false;
    let isTaken: boolean;
    try {
      await queryRunner.startTransaction();
      isConnected = true;
      isTaken = await this.options.claim(queryRunner.manager);
    } catch (error) {
      this.couldNotBegin = !isConnected || !(this.abandoned || isRefusal(error));
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
