import { type System, usageOf } from '@waybill/testing';
import { awaitRow } from '../await-row';
import type { BenchPath, Lab } from '../lab';
import { placedQueue, placeOrders, prepareOrders, purgeQueues } from '../order-load';
import { type Note, quantile, toRow } from '../row';
import type { Service } from '../service';
import { type Latencies, steadyLoad } from '../steady-load';

/** POST /orders a second, and as many GETs: what a busy shop has, and no more than one core can do beside the rest. */
const rate = 20;
const read = (orderId: string) => `/orders/${orderId}`;
const mostMegabytes = 50;

interface Sides {
  readonly full: System;
  readonly empty: System;
}

/** What was seen of each side, round by round. */
type Seen = Readonly<Record<keyof Sides, number[]>>;

/** Two databases on one server, whose broker was away: one has a million orders in its outbox, the other none. */
export const backlog: BenchPath = {
  name: 'backlog',
  does: 'the order service with 1,000,000 unsent events after an outage of the broker, against one with none',
  run: async (lab) => {
    const sides: Sides = { full: await lab.system(), empty: await lab.system() };
    await prepareOrders(sides.full);
    await prepareOrders(sides.empty);
    const waiting = await measureWaiting(lab, sides);
    const draining = await measureDraining(lab, sides);
    const against = 'with none';
    const slow = { against, unit: 'ms', target: 1.11, atMost: true };
    const row = (name: string, { full, empty }: Seen) => ({ name: `backlog, ${name}`, ours: full, limit: empty });
    return [
      toRow({ ...slow, ...row('POST p95', waiting.post), notes: [memory('while it waits', waiting.memory)] }),
      toRow({ ...slow, ...row('GET p95', waiting.read) }),
      toRow({
        ...row('relay', draining.rate),
        ...{ against, unit: 'messages/s', target: 0.9, notes: [memory('while it drains', draining.memory)] },
      }),
      // Sending takes the rest of the machine, with a backlog and without: too unsteady for a target.
      toRow({ ...row('POST p95 while it drains', draining.post), against, unit: 'ms', atMost: true }),
    ];
  },
};

/** The broker is away. Both services run, and are asked in turns, request by request. */
async function measureWaiting(lab: Lab, { full, empty }: Sides) {
  const services = [
    await lab.service({ system: full, name: 'order' }),
    await lab.service({ system: empty, name: 'order' }),
  ];
  const urls = services.map(({ url }) => url);
  const load = (milliseconds: number) => steadyLoad({ urls, rate, read, signal: AbortSignal.timeout(milliseconds) });
  await load(lab.amount(5_000, 500));
  const seen = { post: nothing(), read: nothing(), memory: nothing() };
  await lab.broker.stop();
  try {
    const began = performance.now();
    await placeOrders(full, lab.amount(1_000_000, 5_000));
    // As autovacuum would have it by the time that there are so many.
    for (const system of [full, empty]) await system.sql('order', 'vacuum analyze outbox_message, "order"');
    lab.say(`the backlog took ${((performance.now() - began) / 1000).toFixed(0)} s`);
    for (let round = 0; round < lab.amount(3, 1); round++) {
      const both = await load(lab.amount(10_000, 1_000));
      for (const [index, side] of (['full', 'empty'] as const).entries()) {
        const { post, read } = both[index] as Latencies;
        seen.post[side].push(quantile(post, 0.95));
        seen.read[side].push(quantile(read, 0.95));
        seen.memory[side].push(await megabytesOf(services[index] as Service));
      }
      lab.say(
        `round ${round + 1}: POST p95 ${seen.post.full.at(-1)?.toFixed(2)} ms, ${seen.post.empty.at(-1)?.toFixed(2)} ms with none`,
      );
    }
    for (const service of services) await service.end();
  } finally {
    await lab.broker.start();
  }
  return seen;
}

/** The broker is back. Each side in its turn sends so many, under the same load. */
async function measureDraining(lab: Lab, { full, empty }: Sides) {
  const count = lab.amount(100_000, 1_000);
  const seen = { post: nothing(), memory: nothing() };
  const drain = async (side: keyof Sides, system: System) => {
    const { rate, post, megabytes } = await drainUnderLoad(lab, system, count);
    seen.post[side].push(post);
    seen.memory[side].push(megabytes);
    return rate;
  };
  const rates = await lab.inTurns({
    full: () => drain('full', full),
    empty: async () => {
      await placeOrders(empty, count);
      await empty.sql('order', 'vacuum analyze outbox_message, "order"');
      return await drain('empty', empty);
    },
  });
  return { ...seen, rate: rates };
}

/** Starts the service beside what waits, ends it when so many are sent. @returns messages a second, p95 of POST, and memory at its most */
async function drainUnderLoad(lab: Lab, system: System, count: number) {
  await purgeQueues(system);
  const [{ now } = { now: undefined }] = await system.sql<{ now: Date }>('order', 'select clock_timestamp() as now');
  const service = await lab.service({ system, name: 'order' });
  const stop = new AbortController();
  const loading = steadyLoad({ urls: [service.url], rate, read, signal: stop.signal });
  const channel = await system.vhost.channel();
  let megabytes = 0;
  await awaitRow(async () => {
    megabytes = Math.max(megabytes, await megabytesOf(service));
    const { messageCount } = await channel.checkQueue(system.queue(placedQueue));
    return messageCount >= count ? [true] : [];
  });
  stop.abort();
  const [latencies] = await loading;
  await service.end();
  await channel.close();
  const [drained] = await system.sql<{ seconds: number }>(
    'order',
    `select extract(epoch from confirmed_at - min(sent_at) over ())::float8 as seconds
     from outbox_message where sent_at >= $1 and state = 'confirmed' order by confirmed_at offset $2 - 1 limit 1`,
    [now, count],
  );
  if (!drained || !latencies) throw new Error(`${count} messages are in the queue, and not confirmed`);
  return { rate: count / drained.seconds, post: quantile(latencies.post, 0.95), megabytes };
}

function nothing(): Seen {
  return { full: [], empty: [] };
}

/** What the backlog takes of the service's memory: at its most with it, less at its most without. */
function memory(when: string, { full, empty }: Seen): Note {
  const more = Math.max(...full) - Math.max(...empty);
  return {
    text: `${Math.max(...full).toFixed(0)} MB resident ${when}, ${Math.max(...empty).toFixed(0)} MB with none; at most ${mostMegabytes} MB more`,
    isMet: !(more > mostMegabytes),
  };
}

/** Not a number where the system does not tell. */
async function megabytesOf({ pid }: Service): Promise<number> {
  return ((await usageOf(pid))?.residentBytes ?? Number.NaN) / 2 ** 20;
}
