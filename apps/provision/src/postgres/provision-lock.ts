import type { Client } from 'pg';
import { say } from '../progress';

/** Any number, so long as nobody else takes it for something else. */
const lockKey = 7_329_201;

/** Waits until no other run of this job is under way on the server. Held until the connection closes. */
export async function lockProvisioning(server: Client): Promise<void> {
  const { rows } = await server.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [lockKey]);
  if (rows[0]?.free) return;
  say('Waiting for another run of this job to end');
  await server.query('select pg_advisory_lock($1)', [lockKey]);
}
