import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';

const abortedAdvice =
  'a statement of this transaction failed, and its error was caught: the transaction can only be rolled back. Let the error through, or put ' +
  'what may fail into tx.manager.transaction(), which is a savepoint';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Carries out statements and commits, in one round trip: none waits for the answer to those before it. When one has failed, Postgres answers
 * those behind it with an error and the commit with a rollback.
 * @returns the rows of each statement
 * @throws QueryFailedError of the first that failed; Error when one had failed before, and its error was caught: Postgres would answer the commit with a
 *   rollback, and no error.
 */
export async function commitBehind(
  queryRunner: QueryRunner,
  statements: readonly Statement[],
): Promise<QueryResultRow[][]> {
  const client = (await queryRunner.connect()) as ClientBase;
  const answers = statements.map(({ text, values }) => client.query(text, values));
  const [committed, ...done] = await Promise.allSettled([queryRunner.commitTransaction(), ...answers]);
  const rows = done.map((answer, index) => {
    const statement = statements[index] as Statement;
    if (answer.status === 'rejected') throw describe(answer.reason, statement);
    return (answer.value as QueryResult).rows;
  });
  if (committed?.status === 'rejected') throw committed.reason;
  return rows;
}

/** 25P02: in_failed_sql_transaction (PostgreSQL, appendix A) */
function describe(error: Error & { code?: string }, { text, values }: Statement): Error {
  const failed = new QueryFailedError(text, values, error);
  return error.code === '25P02' ? new Error(abortedAdvice, { cause: failed }) : failed;
}
