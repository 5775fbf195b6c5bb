import type { ClientBase } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import type { MessageSteps } from './message-step';
import { appending } from './outbox/append';
import type { RecordedMessage } from './recorded-message';

const abortedAdvice =
  'a statement of this transaction failed, and its error was caught: the transaction can only be rolled back. Let the error through, or put ' +
  'what may fail into tx.manager.transaction(), which is a savepoint';

/**
 * Appends what was recorded in a transaction to the outbox and commits, in one round trip: the commit does not wait for the answer to what is
 * before it. When that has failed, Postgres answers the commit with a rollback.
 * @throws Error when a statement failed and its error was caught: Postgres would answer the commit with a rollback, and no error.
 */
export async function commitRecorded(
  queryRunner: QueryRunner,
  messages: readonly RecordedMessage[],
  steps: MessageSteps,
): Promise<void> {
  if (messages.length > 0) steps.before('recorded');
  const client = (await queryRunner.connect()) as ClientBase;
  const { text, values } = messages.length === 0 ? { text: 'select 1', values: [] } : appending(messages);
  const [appended, committed] = await Promise.allSettled([client.query(text, values), queryRunner.commitTransaction()]);
  if (appended.status === 'rejected') throw describe(appended.reason, text, values);
  if (committed.status === 'rejected') throw committed.reason;
}

/** 25P02: in_failed_sql_transaction (PostgreSQL, appendix A) */
function describe(error: Error & { code?: string }, text: string, values: unknown[]): Error {
  const failed = new QueryFailedError(text, values, error);
  return error.code === '25P02' ? new Error(abortedAdvice, { cause: failed }) : failed;
}
