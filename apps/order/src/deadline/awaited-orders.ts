import { OrderPlaced } from '@waybill/contracts';
import type { DataSource } from 'typeorm';

/** Begins the time of the orders whose order.placed the broker has confirmed since the last look. */
export async function beginToAwait(dataSource: DataSource, clock: number): Promise<void> {
  await dataSource.query(
    `update "order" set awaited_from_ms = $1
      where status = 'placed' and awaited_from_ms is null and exists (
        select from message_journey message
        where message.correlation_id = "order".id::text and message.type = $2 and message.state = 'confirmed')`,
    [clock, OrderPlaced.type],
  );
}

/** A place in the list of orders whose time is up. */
export interface AwaitedOrder {
  readonly id: string;
  readonly awaitedFrom: number;
}

/** Orders whose answers have been awaited since `latest` or longer, the longest first, after the one that the last page ended with. */
export async function awaitedSince(
  dataSource: DataSource,
  latest: number,
  limit: number,
  after: AwaitedOrder = { id: '00000000-0000-0000-0000-000000000000', awaitedFrom: -1 },
): Promise<AwaitedOrder[]> {
  const rows: { id: string; awaited_from_ms: string }[] = await dataSource.query(
    `select id, awaited_from_ms from "order"
      where status = 'placed' and awaited_from_ms <= $1 and (awaited_from_ms, id) > ($2, $3)
      order by awaited_from_ms, id limit $4`,
    [latest, after.awaitedFrom, after.id, limit],
  );
  return rows.map(({ id, awaited_from_ms }) => ({ id, awaitedFrom: Number(awaited_from_ms) }));
}
