import type { DataSource } from 'typeorm';

/** A message that waits for a person. */
export interface DeadLetterView {
  /** The message's own id, or ours where it has none to be trusted. */
  readonly id: string;
  /** `message`: known by its id, its producer has a receipt. `unidentified`: nothing it says of itself is believed. */
  readonly kind: 'message' | 'unidentified';
  /** The event, or the queue it lay in. */
  readonly source: string;
  readonly producer: string | null;
  readonly correlationId: string | null;
  readonly attempts: number;
  readonly error: string;
  readonly receivedAt: string;
  readonly replayedAt: string | null;
  readonly replayedBy: string | null;
  /** Bytes. */
  readonly size: number;
  /** The first 16 kB of the raw body, base64. */
  readonly body: string;
}

interface Row {
  id: string;
  kind: DeadLetterView['kind'];
  source: string;
  producer: string | null;
  correlation_id: string | null;
  attempts: number;
  error: string;
  received_at: Date;
  replayed_at: Date | null;
  replayed_by: string | null;
  size: number;
  body: Buffer;
}

/** Newest first. Those replayed are gone from the list, until they fail again. */
export async function listDeadLetters(dataSource: DataSource, limit: number): Promise<DeadLetterView[]> {
  const rows: Row[] = await dataSource.query(
    `select id, kind, source, producer, correlation_id, attempts, error, received_at, replayed_at, replayed_by,
       length(body) as size, substring(body for 16384) as body
     from (
       select message_id as id, 'message' as kind, type as source, producer, correlation_id, attempts_finished as attempts,
         coalesce(error, '') as error, received_at, replayed_at, replayed_by, body
       from inbox_message where state = 'dead'
       union all
       select id, 'unidentified', queue, null, null, 0, reason, received_at, replayed_at, replayed_by, body
       from dead_letter where replayed_at is null
     ) as letter
     order by received_at desc
     limit $1`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    source: row.source,
    producer: row.producer,
    correlationId: row.correlation_id,
    attempts: row.attempts,
    error: row.error,
    receivedAt: row.received_at.toISOString(),
    replayedAt: row.replayed_at?.toISOString() ?? null,
    replayedBy: row.replayed_by,
    size: row.size,
    body: row.body.toString('base64'),
  }));
}
