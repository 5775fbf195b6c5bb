import { Injectable } from '@nestjs/common';
import type { ClientBase } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import { MessageSteps } from './message-step';
import { appending } from './outbox/append';
import { Relay } from './outbox/relay';
import type { RecordedMessage } from './recorded-message';

const abortedAdvice =
  'a statement of this transaction failed, and its error was caught: the transaction can only be rolled back. Let the error through, or put ' +
  'what may fail into tx.manager.transaction(), which is a savepoint';

/** Ends the transactions that record. */
@Injectable()
export class OutboxCommit {
  constructor(
    private readonly relay: Relay,
    private readonly steps: MessageSteps,
  ) {}

  /**
   * Appends what was recorded in a transaction to the outbox and commits, in one round trip: the commit does not wait for the answer to what is
   * before it. When that has failed, Postgres answers the commit with a rollback. What the relay has room for is on its way when this
   * resolves; it claims the rest.
   * @param tellIn runs what tells that a message is recorded where it belongs, as far as anybody can tell who follows it.
   * @throws Error when a statement failed and its error was caught: Postgres would answer the commit with a rollback, and no error.
   */
  async commit(
    queryRunner: QueryRunner,
    messages: readonly RecordedMessage[],
    tellIn: (message: RecordedMessage, tell: () => void) => void = (_, tell) => tell(),
  ): Promise<void> {
    if (messages.length === 0) return await commitBehind(queryRunner, { text: 'select 1', values: [] });
    this.steps.before('recorded');
    const lease = this.relay.reserve(messages.length);
    try {
      await commitBehind(queryRunner, appending(messages, lease));
    } catch (error) {
      if (lease !== undefined) this.relay.leave(messages.length);
      throw error;
    }
    for (const message of messages) {
      const { messageId, type } = message;
      tellIn(message, () => this.steps.took({ step: 'recorded', messageId, type }));
    }
    if (lease === undefined) this.relay.wake();
    else this.relay.sendReserved(messages);
  }
}

async function commitBehind(
  queryRunner: QueryRunner,
  { text, values }: { readonly text: string; readonly values: unknown[] },
): Promise<void> {
  const client = (await queryRunner.connect()) as ClientBase;
  const [done, committed] = await Promise.allSettled([client.query(text, values), queryRunner.commitTransaction()]);
  if (done.status === 'rejected') throw describe(done.reason, text, values);
  if (committed.status === 'rejected') throw committed.reason;
}

/** 25P02: in_failed_sql_transaction (PostgreSQL, appendix A) */
function describe(error: Error & { code?: string }, text: string, values: unknown[]): Error {
  const failed = new QueryFailedError(text, values, error);
  return error.code === '25P02' ? new Error(abortedAdvice, { cause: failed }) : failed;
}
