import { setTimeout as pause } from 'node:timers/promises';
import { services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { openRequests } from './domain';
import type { Expected } from './ledger';

const interval = 250;

/** Waits until every message has been signed for and every order has ended, or the time is up. @returns what still moves, in words */
export async function drain(system: System, expected: Expected, withinSeconds: number): Promise<readonly string[]> {
  const until = performance.now() + withinSeconds * 1_000;
  for (;;) {
    const left = await unfinished(system, expected);
    if (left.length === 0 || performance.now() > until) return left;
    await pause(interval);
  }
}

/** One statement, one moment: what a message leads to is recorded with its processing, so from an empty answer on nothing can follow. */
async function unfinished(system: System, expected: Expected): Promise<string[]> {
  const parts = services.flatMap((service) => [
    `select '${service}: messages not signed for', count(*) from ${service}_service.outbox_message where state = 'pending' or (finished_at is null and state <> 'parked')`,
    `select '${service}: messages retried', count(*) from ${service}_service.inbox_message where state = 'retrying'`,
    `select '${service}: receipts owed', count(*) from ${service}_service.inbox_message where receipt_sent_seq < receipt_seq`,
  ]);
  const open = `select 'requests open', greatest(0, count(*) - ${expected.dead + expected.parked}) from (${openRequests}) as open`;
  const rows = await system.sql<{ what: string; count: number }>(
    'order',
    `select what, count::int from (${[...parts, open].join(' union all ')}) as counts (what, count) where count > 0`,
  );
  return rows.map(({ what, count }) => `${what} ${count}`);
}
