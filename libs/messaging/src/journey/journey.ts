import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What a message, or one delivery of it, can be asked for by. */
export const journeyStates = [
  'pending',
  'confirmed',
  'parked',
  'awaited',
  'overdue',
  'retrying',
  'processed',
  'dead',
] as const;

export type JourneyState = (typeof journeyStates)[number];

/** One consumer's side of a message, as far as its receipts tell. */
export interface JourneyDelivery {
  readonly consumer: string;
  /** `awaited`: no receipt yet; `overdue`: none in time; else what its last receipt said. */
  readonly state: 'awaited' | 'overdue' | 'retrying' | 'processed' | 'dead';
  readonly attempts: number;
  readonly receivedAt: string | null;
  readonly processedAt: string | null;
  readonly receiptAt: string | null;
  readonly error: string | null;
}

/** One message of this service and everybody who owes a receipt for it. */
export interface JourneyMessage {
  readonly id: string;
  readonly type: string;
  readonly producer: string;
  readonly priority: string;
  readonly state: 'pending' | 'confirmed' | 'parked';
  /** Of the last publish. */
  readonly outcome: string | null;
  readonly attempts: number;
  readonly recordedAt: string;
  readonly sentAt: string | null;
  readonly confirmedAt: string | null;
  readonly error: string | null;
  readonly deliveries: readonly JourneyDelivery[];
}

export interface JourneyQuery {
  readonly correlationId?: string;
  /** Of the message itself (`pending`, `confirmed`, `parked`) or of any of its deliveries. */
  readonly state?: JourneyState;
  /** Messages, newest first; default 100. */
  readonly limit?: number;
}

const messageStates: readonly JourneyState[] = ['pending', 'confirmed', 'parked'];

/** Reads the ledger of what this service sent. */
@Injectable()
export class Journey {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns messages in the order in which they were recorded. */
  async find({ correlationId, state, limit = 100 }: JourneyQuery): Promise<JourneyMessage[]> {
    const column = state && messageStates.includes(state) ? 'state' : 'delivery_state';
    const conditions = [
      ...(correlationId === undefined ? [] : ['correlation_id = $2']),
      ...(state === undefined ? [] : [`${column} = $${correlationId === undefined ? 2 : 3}`]),
    ];
    const rows: Row[] = await this.dataSource.query(
      `select journey.*
       from (
         select distinct message_id from message_journey
         ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
         order by message_id desc
         limit $1
       ) as wanted
       cross join lateral (select * from message_journey where message_id = wanted.message_id offset 0) as journey
       order by message_id, consumer`,
      [limit, ...(correlationId === undefined ? [] : [correlationId]), ...(state === undefined ? [] : [state])],
    );
    const messages = new Map<string, JourneyMessage & { deliveries: JourneyDelivery[] }>();
    for (const row of rows) {
      const message = messages.get(row.message_id) ?? toMessage(row);
      message.deliveries.push(toDelivery(row));
      messages.set(row.message_id, message);
    }
    return [...messages.values()];
  }
}

interface Row {
  message_id: string;
  type: string;
  producer: string;
  consumer: string;
  priority: string;
  state: JourneyMessage['state'];
  outcome: string | null;
  attempts: number;
  delivery_state: JourneyDelivery['state'];
  delivery_attempts: number;
  recorded_at: Date;
  sent_at: Date | null;
  confirmed_at: Date | null;
  received_at: Date | null;
  processed_at: Date | null;
  receipt_at: Date | null;
  error: string | null;
  delivery_error: string | null;
}

function toMessage(row: Row): JourneyMessage & { deliveries: JourneyDelivery[] } {
  return {
    id: row.message_id,
    type: row.type,
    producer: row.producer,
    priority: row.priority,
    state: row.state,
    outcome: row.outcome,
    attempts: row.attempts,
    recordedAt: row.recorded_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
    confirmedAt: row.confirmed_at?.toISOString() ?? null,
    error: row.error,
    deliveries: [],
  };
}

function toDelivery(row: Row): JourneyDelivery {
  return {
    consumer: row.consumer,
    state: row.delivery_state,
    attempts: row.delivery_attempts,
    receivedAt: row.received_at?.toISOString() ?? null,
    processedAt: row.processed_at?.toISOString() ?? null,
    receiptAt: row.receipt_at?.toISOString() ?? null,
    error: row.delivery_error,
  };
}
