import type { DataSource } from 'typeorm';

/** The longest time that one tick adds, in milliseconds: while no process ticks, the clock stands still. */
const longestTick = 10_000;

/**
 * Moves the clock of the orders' deadline on by the time since its last tick, or lets it stand still for that time. It is one row, shared by
 * all processes of the service: each adds what has passed since whichever ticked last.
 * @returns what the clock shows now, in milliseconds.
 */
export async function tick(dataSource: DataSource, runs: boolean): Promise<number> {
  const [[clock]]: [{ elapsed_ms: string }[], number] = await dataSource.query(
    `update deadline_clock
        set elapsed_ms = elapsed_ms + case when $1 then least(extract(epoch from clock_timestamp() - ticked_at) * 1000, $2)::bigint else 0 end,
          ticked_at = clock_timestamp()
      returning elapsed_ms`,
    [runs, longestTick],
  );
  return Number(clock?.elapsed_ms);
}
