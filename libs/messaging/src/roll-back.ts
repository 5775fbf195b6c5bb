import { Logger } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';

const logger = new Logger('Transaction');

/** Ends a transaction that failed. Without a connection there is nothing to roll back: the server does it by itself. */
export async function rollBack(queryRunner: QueryRunner): Promise<void> {
  if (!queryRunner.isTransactionActive) return;
  try {
    await queryRunner.rollbackTransaction();
  } catch (error) {
    logger.debug(`No rollback over a lost connection: ${(error as Error).message}`);
  }
}
