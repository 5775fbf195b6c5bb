import type { DataSource } from 'typeorm';
import type { Envelope } from '../envelope';
import { envelopeOf, type OutboxRow, outboxColumns } from '../outbox-row';

/** A confirmed message of which somebody has not signed in time. */
export interface OverdueMessage extends Envelope {
  /** Those that were named and are silent. Empty where each has a retry of its own pending. */
  readonly missing: readonly string[];
  /** Which look this is, from 1. */
  readonly round: number;
  readonly payload: string;
}

interface Row extends OutboxRow {
  overdue_rounds: number;
  missing: string[];
}

/**
 * Takes the messages to look after now, and sets when to look again: `overdueAfter`, doubling, up to `cap`. A consumer that said
 * `retrying` is missing only when the attempt which it announced is overdue too. Index: outbox_message_awaited.
 */
export async function claimOverdue(
  dataSource: DataSource,
  limit: number,
  overdueAfter: number,
  cap: number,
): Promise<OverdueMessage[]> {
  const [rows]: [Row[], number] = await dataSource.query(
    `with due as (
       select id from outbox_message
       where state = 'confirmed' and finished_at is null and overdue_at <= now()
       order by overdue_at
       limit $1
       for update skip locked
     )
     update outbox_message m
     set overdue_rounds = m.overdue_rounds + 1,
       overdue_at = clock_timestamp()
         + least($2 * power(2, least(m.overdue_rounds + 1, 30)), $3) * interval '1 millisecond'
     from due
     where m.id = due.id
     returning ${outboxColumns}, m.overdue_rounds,
       array(
         select named.consumer from unnest(m.consumers) as named (consumer)
         where not exists (
           select from message_receipt r
           where r.message_id = m.id and r.consumer = named.consumer
             and (r.state in ('processed', 'dead') or r.due_at + $2 * interval '1 millisecond' > clock_timestamp())
         )
       ) as missing`,
    [limit, overdueAfter, cap],
  );
  return rows.map((row) => ({
    ...envelopeOf(row),
    missing: row.missing,
    round: row.overdue_rounds,
    payload: row.payload,
  }));
}

/** A message that was claimed, and sent to nobody. */
export interface Postponement {
  readonly messageId: string;
  readonly round: number;
  /** Milliseconds until the next look. */
  readonly pause: number;
}

/**
 * Takes back a look at which nothing was sent, except that the message goes on counting as overdue: it does not make the pauses longer, and the next
 * one is as long as it says here. Nothing happens to a message that somebody else has claimed since.
 */
export async function postponeOverdue(dataSource: DataSource, postponements: readonly Postponement[]): Promise<void> {
  if (postponements.length === 0) return;
  await dataSource.query(
    `with locked as (
       select id from outbox_message where id = any ($1::uuid[]) order by id for update
     )
     update outbox_message m
     set overdue_rounds = greatest(p.round - 1, 1), overdue_at = clock_timestamp() + p.pause * interval '1 millisecond'
     from locked join unnest($1::uuid[], $2::int[], $3::float8[]) as p (id, round, pause) using (id)
     where m.id = locked.id and m.finished_at is null and m.overdue_rounds = p.round`,
    [
      postponements.map(({ messageId }) => messageId),
      postponements.map(({ round }) => round),
      postponements.map(({ pause }) => pause),
    ],
  );
}
