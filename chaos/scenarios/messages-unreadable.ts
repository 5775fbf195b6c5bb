import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Arena } from '../arena';

/** Milliseconds. */
const patience = 60_000;
const interval = 250;

/** A property that no message of a service has: what is sent with it is told from everything else, and from its own copies. */
export function mark(): { appId: string } {
  return { appId: `chaos ${randomUUID()}` };
}

/**
 * Waits until so many messages with a mark are kept as what cannot be read, and expects no others. What has no id of use may be kept twice,
 * if its connection is lost before it is acked: nobody can tell then that it came before. When they are not kept in time it is I9 that says so.
 */
export async function awaitUnreadable({ system, expected, say }: Arena, count: number): Promise<void> {
  const kept = async () => {
    const [row] = await system.sql<{ kinds: number; total: number }>(
      'order',
      `select count(distinct properties ->> 'appId')::int as kinds, count(*)::int as total from chaos.dead_letter
       where properties ->> 'appId' like 'chaos %'`,
    );
    return row ?? { kinds: 0, total: 0 };
  };
  const until = performance.now() + patience;
  let { kinds, total } = await kept();
  while (kinds < count && performance.now() < until) {
    await pause(interval);
    ({ kinds, total } = await kept());
  }
  expected.unreadable = total + (count - kinds);
  say(
    `${kinds} of ${count} are kept as what cannot be read${total > kinds ? `, and ${total - kinds} of them twice` : ''}`,
  );
}
