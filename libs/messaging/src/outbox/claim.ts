import type { DataSource } from 'typeorm';
import type { Envelope } from '../envelope';
import { envelopeOf, type OutboxRow, outboxColumns } from '../outbox-row';

/** A row that this relay may send until its lease ends. */
export interface ClaimedMessage extends Envelope {
  /** Which publish of this message it is, from 1. Fences the settling. */
  readonly attempt: number;
  /** JSON, as it was recorded. */
  readonly payload: string;
}

interface Row extends OutboxRow {
  attempts: number;
}

/**
 * Claims due rows, highest priority first, then oldest (uuid v7 sorts by time), and counts the attempt. Rows that another relay has
 * locked or leased are skipped; a lease that has run out is due again by the same condition. The statement is in the migration.
 */
export async function claimOutbox(
  dataSource: DataSource,
  limit: number,
  leaseMilliseconds: number,
): Promise<ClaimedMessage[]> {
  const rows: Row[] = await dataSource.query(`select ${outboxColumns}, m.attempts from claim_outbox($1, $2) as m`, [
    limit,
    leaseMilliseconds,
  ]);
  return rows.map(toMessage).sort((a, b) => b.priority - a.priority || (a.messageId < b.messageId ? -1 : 1));
}

function toMessage(row: Row): ClaimedMessage {
  return {
    ...envelopeOf(row),
    attempt: row.attempts,
    payload: row.payload,
  };
}
