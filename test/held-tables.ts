import type { ServiceName } from '@waybill/contracts';
import { eventually, type System } from '@waybill/testing';

/** Lets nobody write to these tables of a service, until the function that it returns is called. */
export async function hold(system: System, service: ServiceName, ...tables: string[]): Promise<() => Promise<unknown>> {
  await system.sql(service, 'begin');
  await system.sql(service, `lock table ${tables.join(', ')} in exclusive mode`);
  return () => system.sql(service, 'rollback');
}

/** Awaits that at least so many statements of a service stand still before the lock of a table. */
export async function blocked(system: System, service: ServiceName, table: string, count: number): Promise<void> {
  await eventually(`${count} statements wait for ${table}`, async () => {
    const waiting = await system.sql(
      'warehouse',
      `select query from pg_stat_activity where usename = $1 and wait_event_type = 'Lock' and query ~* $2`,
      [`${service}_service`, `^insert into "?${table}\\y`],
    );
    expect(waiting.length).toBeGreaterThanOrEqual(count);
  });
}
