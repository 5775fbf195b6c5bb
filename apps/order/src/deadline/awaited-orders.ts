import { OrderPlaced } from '@waybill/contracts';
import type { DataSource } from 'typeorm';

/** An order whose time has not begun: a new one, or one that was found stuck. */
export interface UnawaitedOrder {
  readonly id: string;
  /** The broker has confirmed its order.placed. */
  readonly isConfirmed: boolean;
}

/**
 * The next of them after an id, in the order of their ids. After an outage there are as many as orders were placed meanwhile, so a look is at
 * some of them, and each is looked up by itself: to join them would read every message that there is.
 */
export async function unawaitedAfter(dataSource: DataSource, id: string, limit: number): Promise<UnawaitedOrder[]> {
  return await dataSource.query(
    `select id, coalesce((
         select true from message_journey message
         where message.correlation_id = unawaited.id::text and message.type = $3 and message.state = 'confirmed'
         limit 1), false) as "isConfirmed"
       from (
         select id from "order" where status = 'placed' and awaited_from_ms is null and id > $1 order by id limit $2
       ) as unawaited
      order by id`,
    [id, limit, OrderPlaced.type],
  );
}

/** Begins the time of these orders, or takes it back: null. Asked in a way that no index on the status answers, which would read all that are placed. */
export async function setAwaitedFrom(
  dataSource: DataSource,
  ids: readonly string[],
  clock: number | null,
): Promise<void> {
  if (ids.length === 0) return;
  await dataSource.query(
    `update "order" set awaited_from_ms = $2 where id = any ($1) and status not in ('confirmed', 'completed', 'cancelled')`,
    [ids, clock],
  );
}

/** Orders whose answers have been awaited since `latest` or longer, the longest first. */
export async function awaitedSince(dataSource: DataSource, latest: number, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await dataSource.query(
    `select id from "order" where status = 'placed' and awaited_from_ms <= $1 order by awaited_from_ms, id limit $2`,
    [latest, limit],
  );
  return rows.map(({ id }) => id);
}
