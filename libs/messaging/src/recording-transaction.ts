import {
  type Catalogue,
  type EventContract,
  type EventData,
  priorityLevel,
  type ServiceName,
} from '@waybill/contracts';
import type { ClientBase } from 'pg';
import { type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Envelope } from './envelope';
import type { MessageSteps } from './message-step';
import { appending } from './outbox/append';
import type { RecordedMessage } from './recorded-message';
import type { RecordOptions, Transaction } from './transaction';

const abortedAdvice =
  'a statement of this transaction failed, and its error was caught: the transaction can only be rolled back. Let the error through, or put ' +
  'what may fail into tx.manager.transaction(), which is a savepoint';

/** As JSON writes it; a backslash that is escaped itself does not count. */
const escapedNul = /(?<!\\)(?:\\\\)*\\u0000/;

/** Collects what is recorded in a transaction of somebody else's. */
export class RecordingTransaction implements Transaction {
  private readonly messages: RecordedMessage[] = [];
  private ended = false;

  constructor(
    readonly manager: EntityManager,
    private readonly service: ServiceName,
    private readonly catalogue: Catalogue,
    private readonly steps: MessageSteps,
    /** The delivery whose handling records; its correlation and priority are inherited. */
    private readonly cause?: Envelope,
  ) {}

  record<Event extends EventContract>(event: Event, data: EventData<Event>, options: RecordOptions = {}): string {
    if (this.ended) {
      throw new Error(
        `${event.type} was recorded after its transaction had ended: record it inside, before the function returns`,
      );
    }
    this.mustProduce(event);
    const checked = event.schema.safeParse(data);
    if (!checked.success) {
      const issues = checked.error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
      throw new Error(`${event.type} was not recorded, its data breaks the contract: ${issues.join('; ')}`);
    }
    const aggregateId = event.aggregate(checked.data);
    const message: RecordedMessage = {
      messageId: uuidv7(),
      type: event.type,
      version: event.version,
      producer: this.service,
      priority: options.priority ? priorityLevel(options.priority) : (this.cause?.priority ?? priorityLevel('normal')),
      correlationId: this.cause?.correlationId ?? aggregateId,
      causationId: this.cause?.messageId,
      aggregateId,
      aggregateVersion: options.aggregateVersion,
      consumers: event.consumers,
      payload: JSON.stringify(checked.data),
    };
    if (escapedNul.test(message.payload)) {
      throw new Error(
        `${event.type} was not recorded, its data holds a NUL character, which no consumer could store as text`,
      );
    }
    this.messages.push(message);
    return message.messageId;
  }

  /**
   * Ends the recording, appends what was recorded to the outbox and commits: in one round trip, for the commit does not wait for the answer
   * to what is before it. When that has failed, Postgres answers the commit with a rollback.
   * @throws Error when a statement failed and its error was caught: Postgres would answer the commit with a rollback, and no error.
   */
  async commit(queryRunner: QueryRunner): Promise<readonly RecordedMessage[]> {
    this.ended = true;
    if (this.messages.length > 0) this.steps.before('recorded');
    const client = (await queryRunner.connect()) as ClientBase;
    const last = this.messages.length === 0 ? { text: 'select 1', values: [] } : appending(this.messages);
    const [appended, committed] = await Promise.allSettled([client.query(last), queryRunner.commitTransaction()]);
    if (appended.status === 'rejected') throw describe(appended.reason, last);
    if (committed.status === 'rejected') throw committed.reason;
    return this.messages;
  }

  private mustProduce(event: EventContract): void {
    const entry = this.catalogue.find(event.type);
    if (!entry) {
      throw new Error(
        `${event.type} is not in the catalogue: add it under "${this.service}" in libs/contracts/src/catalogue.ts`,
      );
    }
    if (entry.producer !== this.service) {
      throw new Error(
        `${event.type} is sent by ${entry.producer}, not by ${this.service} (libs/contracts/src/catalogue.ts)`,
      );
    }
  }
}

/** 25P02: in_failed_sql_transaction (PostgreSQL, appendix A) */
function describe(error: Error & { code?: string }, { text, values }: { text: string; values: unknown[] }): Error {
  const failed = new QueryFailedError(text, values, error);
  return error.code === '25P02' ? new Error(abortedAdvice, { cause: failed }) : failed;
}
