import type { DataSource } from 'typeorm';
import { commitBehind, type Statement } from '../commit-behind';
import { rollBack } from '../roll-back';
import { storableText } from '../storable';
import type { Receipt } from './receipt';

export interface AppliedReceipts {
  /** Those that changed something. */
  readonly applied: readonly {
    messageId: string;
    type: string;
    state: Receipt['state'];
    milliseconds: number;
    error: string | null;
  }[];
  /** How many were of messages that are not here (any more), or that do not name this consumer. */
  readonly unknown: number;
}

/**
 * Applies one consumer's receipts in one transaction and one round trip: each on its own merits, idempotently and monotonically. A later attempt
 * outweighs an earlier one, within an attempt `retrying` < `dead` < `processed`, and `processed` is final. The outbox rows are locked in
 * the order of their ids, so that two receivers of receipts for the same messages neither deadlock nor miss the last one.
 * A receipt may come before the confirm of its own message.
 */
export async function applyReceipts(
  dataSource: DataSource,
  consumer: string,
  receipts: readonly Receipt[],
): Promise<AppliedReceipts> {
  const news = heaviest(receipts);
  const ids = news.map(({ messageId }) => messageId);
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction();
    const statements = [locking(ids, consumer), upserting(news, consumer), finishing(ids, consumer)];
    const [locked = [], upserted = []] = await commitBehind(queryRunner, statements);
    const known = new Map(locked.map(({ id, type, milliseconds }) => [id, { type, milliseconds }]));
    const changed = new Set(upserted.map((row) => row.message_id));
    const applied = news.flatMap(({ messageId, state, error }) => {
      const message = known.get(messageId);
      return message && changed.has(messageId) ? [{ messageId, ...message, state, error }] : [];
    });
    return { applied, unknown: receipts.filter(({ messageId }) => !known.has(messageId)).length };
  } catch (error) {
    await rollBack(queryRunner);
    throw error;
  } finally {
    await queryRunner.release();
  }
}

function locking(ids: readonly string[], consumer: string): Statement {
  return {
    text: `select id, type, (extract(epoch from clock_timestamp() - recorded_at) * 1000)::float8 as milliseconds
     from outbox_message
     where id = any ($1::uuid[]) and $2 = any (consumers)
     order by id
     for update`,
    values: [ids, consumer],
  };
}

/** One statement cannot touch a row twice, so of two receipts for one message the heavier goes in. */
function heaviest(receipts: readonly Receipt[]): Receipt[] {
  const byId = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const other = byId.get(receipt.messageId);
    if (!other || weight(receipt) > weight(other)) byId.set(receipt.messageId, receipt);
  }
  return [...byId.values()];
}

function weight({ state, attempt }: Receipt): number {
  if (state === 'processed') return Number.POSITIVE_INFINITY;
  return attempt * 2 + (state === 'dead' ? 1 : 0);
}

function upserting(receipts: readonly Receipt[], consumer: string): Statement {
  return {
    text: `insert into message_receipt as r (message_id, consumer, state, attempt, received_at, processed_at, due_at, error)
     select message_id, $1, news.state, attempt, received_at, processed_at, news.due_at, error
     from unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[])
       as news (message_id, state, attempt, received_at, processed_at, due_at, error)
     join outbox_message m on m.id = news.message_id and $1 = any (m.consumers)
     on conflict (message_id, consumer) do update
     set state = excluded.state, attempt = greatest(r.attempt, excluded.attempt), received_at = excluded.received_at,
       processed_at = excluded.processed_at, due_at = excluded.due_at, error = excluded.error, receipt_at = clock_timestamp()
     where r.state <> 'processed'
       and (excluded.state = 'processed'
         or excluded.attempt > r.attempt
         or (excluded.attempt = r.attempt and excluded.state = 'dead' and r.state = 'retrying'))
     returning message_id`,
    values: [
      consumer,
      receipts.map(({ messageId }) => messageId),
      receipts.map(({ state }) => state),
      receipts.map(({ attempt }) => attempt),
      receipts.map(({ receivedAt }) => receivedAt),
      receipts.map(({ processedAt }) => processedAt),
      receipts.map(({ dueAt }) => dueAt),
      receipts.map(({ error }) => error && storableText(error)),
    ],
  };
}

/** A message is finished when every consumer that it names has reported `processed` or `dead`, and no more when a dead letter is replayed. */
function finishing(ids: readonly string[], consumer: string): Statement {
  return {
    text: `update outbox_message m
     set finished_at = case when m.finished_at is null then clock_timestamp() end
     where m.id = any ($1::uuid[]) and $2 = any (m.consumers) and (m.finished_at is null) = not exists (
       select from unnest(m.consumers) as named (consumer)
       where not exists (
         select from message_receipt r
         where r.message_id = m.id and r.consumer = named.consumer and r.state in ('processed', 'dead')
       )
     )`,
    values: [ids, consumer],
  };
}
