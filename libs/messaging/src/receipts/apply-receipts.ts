import type { DataSource, EntityManager } from 'typeorm';
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
 * Applies one consumer's receipts in one transaction: each on its own merits, idempotently and monotonically. A later attempt outweighs
 * an earlier one, within an attempt `retrying` < `dead` < `processed`, and `processed` is final. The outbox rows are locked in
 * the order of their ids, so that two receivers of receipts for the same messages neither deadlock nor miss the last one.
 * A receipt may come before the confirm of its own message.
 */
export async function applyReceipts(
  dataSource: DataSource,
  consumer: string,
  receipts: readonly Receipt[],
): Promise<AppliedReceipts> {
  return dataSource.transaction(async (manager) => {
    const known = await lockMessages(manager, consumer, receipts);
    const news = heaviest(receipts.filter(({ messageId }) => known.has(messageId)));
    const changed = await upsertReceipts(manager, consumer, news);
    await finishMessages(manager, changed);
    const byId = new Map(news.map((receipt) => [receipt.messageId, receipt]));
    const applied = changed.flatMap((messageId) => {
      const message = known.get(messageId);
      const receipt = byId.get(messageId);
      return message && receipt ? [{ messageId, ...message, state: receipt.state, error: receipt.error }] : [];
    });
    return { applied, unknown: receipts.filter(({ messageId }) => !known.has(messageId)).length };
  });
}

async function lockMessages(
  manager: EntityManager,
  consumer: string,
  receipts: readonly Receipt[],
): Promise<Map<string, { type: string; milliseconds: number }>> {
  const rows: { id: string; type: string; milliseconds: number }[] = await manager.query(
    `select id, type, (extract(epoch from clock_timestamp() - recorded_at) * 1000)::float8 as milliseconds
     from outbox_message
     where id = any ($1::uuid[]) and $2 = any (consumers)
     order by id
     for update`,
    [receipts.map(({ messageId }) => messageId), consumer],
  );
  return new Map(rows.map(({ id, ...message }) => [id, message]));
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

async function upsertReceipts(
  manager: EntityManager,
  consumer: string,
  receipts: readonly Receipt[],
): Promise<string[]> {
  const rows: { message_id: string }[] = await manager.query(
    `insert into message_receipt as r (message_id, consumer, state, attempt, received_at, processed_at, due_at, error)
     select message_id, $1, state, attempt, received_at, processed_at, due_at, error
     from unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[])
       as news (message_id, state, attempt, received_at, processed_at, due_at, error)
     on conflict (message_id, consumer) do update
     set state = excluded.state, attempt = greatest(r.attempt, excluded.attempt), received_at = excluded.received_at,
       processed_at = excluded.processed_at, due_at = excluded.due_at, error = excluded.error, receipt_at = clock_timestamp()
     where r.state <> 'processed'
       and (excluded.state = 'processed'
         or excluded.attempt > r.attempt
         or (excluded.attempt = r.attempt and excluded.state = 'dead' and r.state = 'retrying'))
     returning message_id`,
    [
      consumer,
      receipts.map(({ messageId }) => messageId),
      receipts.map(({ state }) => state),
      receipts.map(({ attempt }) => attempt),
      receipts.map(({ receivedAt }) => receivedAt),
      receipts.map(({ processedAt }) => processedAt),
      receipts.map(({ dueAt }) => dueAt),
      receipts.map(({ error }) => error && storableText(error)),
    ],
  );
  return rows.map((row) => row.message_id);
}

/** A message is finished when every consumer that it names has reported `processed` or `dead`, and no more when a dead letter is replayed. */
async function finishMessages(manager: EntityManager, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await manager.query(
    `update outbox_message m
     set finished_at = case when not exists (
         select from unnest(m.consumers) as named (consumer)
         where not exists (
           select from message_receipt r
           where r.message_id = m.id and r.consumer = named.consumer and r.state in ('processed', 'dead')
         )
       ) then clock_timestamp() end
     where m.id = any ($1::uuid[])`,
    [messageIds],
  );
}
