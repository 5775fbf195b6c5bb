import {
  type Catalogue,
  type EventContract,
  type EventData,
  priorityLevel,
  type ServiceName,
} from '@waybill/contracts';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Envelope } from './envelope';
import type { RecordedMessage } from './recorded-message';
import type { RecordOptions, Transaction } from './transaction';

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

  /** Ends the recording. @returns what was recorded, in its order; committed by OutboxCommit. */
  end(): readonly RecordedMessage[] {
    this.ended = true;
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
