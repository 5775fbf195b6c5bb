import { setTimeout as pause } from 'node:timers/promises';
import type { LogLine } from '@waybill/testing';
import { type Arena, everyProcess } from '../arena';
import type { Scenario } from '../scenario';
import { connectionsOf, mustBite, positions, unanswered } from './broker-sight';

// The limits that tools/servers/rabbitmq.mjs gives a broker.
const memoryLimit = ['set_vm_memory_high_watermark', 'absolute', '1GB'];
const diskLimit = ['set_disk_free_limit', '50MB'];

export const brokerAlarmScenarios: readonly Scenario[] = [
  {
    name: 'memory-alarm',
    family: 'broker',
    does: 'the broker takes no publishes for 20 s, for want of memory: longer than a confirm may take',
    run: (arena) =>
      blocked(arena, {
        raise: ['set_vm_memory_high_watermark', 'absolute', '1MB'],
        clear: memoryLimit,
        lastsFor: 20_000,
      }),
  },
  {
    name: 'disk-alarm',
    family: 'broker',
    does: 'the broker takes no publishes for 40 s, for want of disk: longer than a lease',
    run: (arena) => blocked(arena, { raise: ['set_disk_free_limit', '900GB'], clear: diskLimit, lastsFor: 40_000 }),
  },
];

interface Alarm {
  /** Arguments of rabbitmqctl. */
  readonly raise: readonly string[];
  readonly clear: readonly string[];
  /** Milliseconds from when the first publisher is blocked. */
  readonly lastsFor: number;
}

/** Requests go on, nobody connects anew, and whatever was on its way when the alarm came is neither given up nor lost. */
async function blocked(arena: Arena, { raise, clear, lastsFor }: Alarm): Promise<void> {
  const { broker, system, load, more, say } = arena;
  const from = positions(arena);
  const start = system.order.position;
  const connections = await connectionsOf(arena);
  try {
    await broker.control(...raise);
    await system.order.line(/^Broker connection "order publish": blocked/, start);
    say('blocked');
    const placed = load.placed;
    await pause(lastsFor);
    const onTheirWay = await count(arena, `state = 'pending' and attempts > 0 and last_outcome is null`);
    say(`${load.placed - placed} requests answered meanwhile, ${onTheirWay} publishes on their way`);
    mustBite((await count(arena, `state = 'pending'`)) > 0, 'nothing waits to be sent');
    mustBite(load.placed - placed > lastsFor / 1_000, 'too few requests were answered to call it a load');
  } finally {
    await broker.control(...clear);
  }
  const to = system.order.position;
  await more(10);
  await system.order.step({ step: 'confirmed' }, to);
  const given = givenUp(arena, from);
  if (given > 0) throw new Error(`${given} publishes were given up while the broker was blocked`);
  const after = await connectionsOf(arena);
  if (after.join() !== connections.join())
    throw new Error(`Connections were ${connections.join(', ')} before the alarm, and ${after.join(', ')} after it`);
  const duplicates = everyProcess(arena).flatMap((process, at) => process.steps({ step: 'duplicate' }, from[at]));
  say(`nothing given up, ${connections.length} connections as before, ${duplicates.length} duplicates absorbed`);
}

/** What was about to be sent when the alarm came, and was not, was not on its way. */
function givenUp(arena: Arena, since: readonly number[]): number {
  const unsent = (step: LogLine) => step.detail?.startsWith('The broker takes no publishes') === true;
  return unanswered(arena, since).filter((step) => !unsent(step)).length;
}

async function count({ system }: Arena, condition: string): Promise<number> {
  const [row] = await system.sql<{ count: number }>(
    'order',
    `select count(*)::int from chaos.outbox where ${condition}`,
  );
  return row?.count ?? 0;
}
