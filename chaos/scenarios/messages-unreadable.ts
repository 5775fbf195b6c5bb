import { randomUUID } from 'node:crypto';
import { eventually } from '@waybill/testing';
import type { Arena } from '../arena';

/** A property that no message of a service has: what is sent with it is told from everything else, and from its own copies. */
export function mark(): { appId: string } {
  return { appId: `chaos ${randomUUID()}` };
}

/**
 * Waits until so many messages with a mark are kept as what cannot be read, and expects no others. What has no id of use may be kept twice,
 * if its connection is lost before it is acked: nobody can tell then that it came before.
 */
export async function awaitUnreadable({ system, expected, say }: Arena, count: number): Promise<void> {
  const total = await eventually(
    `${count} messages are kept as what cannot be read`,
    async () => {
      const [row] = await system.sql<{ kinds: number; total: number }>(
        'order',
        `select count(distinct properties ->> 'appId')::int as kinds, count(*)::int as total from chaos.dead_letter
         where properties ->> 'appId' like 'chaos %'`,
      );
      if (row?.kinds !== count) throw new Error(`${row?.kinds} are`);
      return row.total;
    },
    120_000,
  );
  expected.unreadable = total;
  say(`${count} are kept as what cannot be read${total > count ? `, and ${total - count} of them twice` : ''}`);
}
