import type { Envelope } from './envelope';

/** The columns of outbox_message that make up a message for the wire, as a claim returns them. */
export interface OutboxRow {
  id: string;
  producer: Envelope['producer'];
  type: string;
  version: number;
  aggregate_id: string;
  aggregate_version: number | null;
  priority: number;
  /** JSON, as it was recorded. */
  payload: string;
  correlation_id: string;
  causation_id: string | null;
}

/** Those columns, of the table under the alias `m`. */
export const outboxColumns = `m.id, m.producer, m.type, m.version, m.aggregate_id, m.aggregate_version, m.priority,
  m.payload::text as payload, m.correlation_id, m.causation_id`;

export function envelopeOf(row: OutboxRow): Envelope {
  return {
    messageId: row.id,
    type: row.type,
    version: row.version,
    producer: row.producer,
    priority: row.priority,
    correlationId: row.correlation_id,
    causationId: row.causation_id ?? undefined,
    aggregateId: row.aggregate_id,
    aggregateVersion: row.aggregate_version ?? undefined,
  };
}
