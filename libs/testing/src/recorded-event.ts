import { type Catalogue, type EventContract, type Priority, priorityName } from '@waybill/contracts';
import type { DataSource } from 'typeorm';

/** An event as a handler recorded it. */
export interface RecordedEvent {
  readonly messageId: string;
  readonly event: EventContract;
  readonly data: unknown;
  readonly priority: Priority;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly aggregateId: string;
  readonly aggregateVersion: number | null;
}

/** Reads these messages from the outbox, in the order in which they were recorded. */
export async function readRecorded(
  dataSource: DataSource,
  catalogue: Catalogue,
  messageIds: readonly string[],
): Promise<RecordedEvent[]> {
  const rows: OutboxRow[] = await dataSource.query(
    `select id, type, payload, priority, correlation_id, causation_id, aggregate_id, aggregate_version
     from outbox_message where id = any ($1) order by id`,
    [messageIds],
  );
  return rows.map((row) => ({
    messageId: row.id,
    event: eventOf(catalogue, row.type),
    data: row.payload,
    priority: priorityName(row.priority),
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    aggregateId: row.aggregate_id,
    aggregateVersion: row.aggregate_version,
  }));
}

/** The types of what several deliveries recorded, in the order of the deliveries. */
export function recordedTypes(results: readonly { readonly recorded: readonly RecordedEvent[] }[]): string[] {
  return results.flatMap(({ recorded }) => recorded.map(({ event }) => event.type));
}

interface OutboxRow {
  id: string;
  type: string;
  payload: unknown;
  priority: number;
  correlation_id: string;
  causation_id: string | null;
  aggregate_id: string;
  aggregate_version: number | null;
}

function eventOf(catalogue: Catalogue, type: string): EventContract {
  const entry = catalogue.find(type);
  if (!entry) throw new Error(`${type} is not in the catalogue`);
  return entry.event;
}
