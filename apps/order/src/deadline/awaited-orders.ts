import { OrderPlaced } from '@waybill/contracts';
import type { DataSource } from 'typeorm';

/** Orders whose order.placed the broker has confirmed and whose time has not begun: new ones, and those that were found stuck. */
export async function notAwaited(dataSource: DataSource): Promise<string[]> {
  const rows: { id: string }[] = await dataSource.query(
    `select id from "order"
      where status = 'placed' and awaited_from_ms is null and exists (
        select from message_journey message
        where message.correlation_id = "order".id::text and message.type = $1 and message.state = 'confirmed')`,
    [OrderPlaced.type],
  );
  return rows.map(({ id }) => id);
}

/** Begins the time of these orders, or takes it back: null. */
export async function setAwaitedFrom(
  dataSource: DataSource,
  ids: readonly string[],
  clock: number | null,
): Promise<void> {
  if (ids.length === 0) return;
  await dataSource.query(`update "order" set awaited_from_ms = $2 where id = any ($1) and status = 'placed'`, [
    ids,
    clock,
  ]);
}

/** Orders whose answers have been awaited since `latest` or longer, the longest first. */
export async function awaitedSince(dataSource: DataSource, latest: number, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await dataSource.query(
    `select id from "order" where status = 'placed' and awaited_from_ms <= $1 order by awaited_from_ms, id limit $2`,
    [latest, limit],
  );
  return rows.map(({ id }) => id);
}
