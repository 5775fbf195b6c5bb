import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options';
import { OutboxCommit } from './outbox-commit';
import { RecordingTransaction } from './recording-transaction';
import { rollBack } from './roll-back';
import type { Transaction } from './transaction';

/** Changes of the database together with the events that tell of them: both are committed, or neither. */
@Injectable()
export class Transactions {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    private readonly outboxCommit: OutboxCommit,
  ) {}

  /**
   * Runs `change` in a transaction and appends what it recorded, which the relay sends after the commit.
   * @throws what `change` throws, after a rollback; nothing is recorded then.
   */
  async run<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const queryRunner = this.dataSource.createQueryRunner();
    try {
      await queryRunner.startTransaction();
      const { service, catalogue } = this.options;
      const tx = new RecordingTransaction(queryRunner.manager, service, catalogue);
      const result = await change(tx);
      await this.outboxCommit.commit(queryRunner, tx.end());
      return result;
    } catch (error) {
      await rollBack(queryRunner);
      throw error;
    } finally {
      await queryRunner.release();
    }
  }
}
