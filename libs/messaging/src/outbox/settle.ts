import type { DataSource } from 'typeorm';
import type { PublishOutcome } from '../broker/publish-outcome';

/** What became of one attempt to send one message. */
export interface Settlement {
  readonly messageId: string;
  readonly attempt: number;
  /** `parked`: the row itself can never be sent. */
  readonly outcome: PublishOutcome['outcome'] | 'parked';
  readonly error: string | null;
  /** Milliseconds until the next attempt, where there is one. */
  readonly delay: number;
}

/**
 * Writes outcomes in one statement. `confirmed` counts from whichever attempt and is final; anything else counts only while the row
 * is still at the attempt that it answers, and makes the row due again. A message may appear once. The rows are given in the order of
 * their ids, as those of receipts are locked: the two meet when a receipt overtakes the settling of its own confirm, and where they are looked up
 * in another order after all, in a small table, may end in a deadlock. The state is asked for in a way that no index answers: by that of what is
 * pending, a batch would read all that is.
 * @returns the ids of the rows that changed.
 */
export async function settleOutbox(
  dataSource: DataSource,
  settlements: readonly Settlement[],
  overdueAfter: number,
): Promise<string[]> {
  const [rows]: [{ id: string }[], number] = await dataSource.query(
    `update outbox_message m
     set state = case s.outcome when 'confirmed' then 'confirmed' when 'parked' then 'parked' else 'pending' end,
       last_outcome = case when s.outcome = 'parked' then m.last_outcome else s.outcome end,
       last_error = s.error,
       lease_until = null,
       due_at = clock_timestamp() + s.delay * interval '1 millisecond',
       confirmed_at = case when s.outcome = 'confirmed' then clock_timestamp() end,
       overdue_at = case when s.outcome = 'confirmed' then clock_timestamp() + $6 * interval '1 millisecond' end
     from (
       select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[]) as s (id, attempt, outcome, error, delay)
       order by id
     ) as s
     where m.id = s.id and m.state not in ('confirmed', 'parked') and (s.outcome = 'confirmed' or m.attempts = s.attempt)
     returning m.id`,
    [
      settlements.map((settlement) => settlement.messageId),
      settlements.map((settlement) => settlement.attempt),
      settlements.map((settlement) => settlement.outcome),
      settlements.map((settlement) => settlement.error),
      settlements.map((settlement) => settlement.delay),
      overdueAfter,
    ],
  );
  return rows.map((row) => row.id);
}
