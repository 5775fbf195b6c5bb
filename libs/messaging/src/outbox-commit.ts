import { Injectable } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';
import { commitBehind } from './commit-behind';
import { MessageSteps } from './message-step';
import { appending } from './outbox/append';
import { Relay } from './outbox/relay';
import type { RecordedMessage } from './recorded-message';

/** Ends the transactions that record. */
@Injectable()
export class OutboxCommit {
  constructor(
    private readonly relay: Relay,
    private readonly steps: MessageSteps,
  ) {}

  /**
   * Appends what was recorded in a transaction to the outbox and commits, in one round trip. What the relay has room for is on its way when
   * this resolves; it claims the rest.
   * @param tellIn runs what tells that a message is recorded where it belongs, as far as anybody can tell who follows it.
   * @throws Error when a statement failed and its error was caught: Postgres would answer the commit with a rollback, and no error.
   */
  async commit(
    queryRunner: QueryRunner,
    messages: readonly RecordedMessage[],
    tellIn: (message: RecordedMessage, tell: () => void) => void = (_, tell) => tell(),
  ): Promise<void> {
    if (messages.length === 0) {
      await commitBehind(queryRunner, [{ text: 'select 1', values: [] }]);
      return;
    }
    this.steps.before('recorded');
    const lease = this.relay.reserve(messages.length);
    try {
      await commitBehind(queryRunner, [appending(messages, lease)]);
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
