import { setTimeout as pause } from 'node:timers/promises';
import { whyImpossible } from '@waybill/testing';
import { type Arena, everyProcess } from '../arena';
import type { Scenario } from '../scenario';
import { Confirms } from './cluster-confirms';
import { clusterRate, lead, leader, node, otherNode, servicesNode, whole } from './cluster-nodes';

/** Milliseconds. Longer than the nodes' tick and than a publish waits for its confirm. */
const cutFor = 30_000;

/** Milliseconds that a confirm may have been on its way to a service, and to its log, when the node was cut off. */
const underWay = 5_000;

const settings = {
  family: 'cluster',
  rate: clusterRate,
  cluster: { network: 'namespaces', netTicktime: 15 },
  missing: () => whyImpossible('partition'),
} as const;

export const partitionScenarios: readonly Scenario[] = [
  {
    ...settings,
    name: 'minority-cut-off',
    does: `the node that leads all queues, and that all services are connected to, is cut off from the other nodes for ${cutFor / 1_000} s`,
    run: async (arena) => {
      const { more, say } = arena;
      await lead(arena, servicesNode);
      await more(10);
      const confirms = new Confirms(arena);
      const unanswered = timedOut(arena);
      const { from, to } = await whileCutOff(arena, servicesNode, async () => {
        await pause(cutFor);
        await more(1);
      });
      const wrong = confirms.after(from + underWay).filter((at) => at < to);
      if (wrong.length > 0) throw new Error(`${wrong.length} messages were confirmed by a node without a majority`);
      const failed = timedOut(arena) - unanswered;
      if (failed === 0) throw new Error('no publish has timed out');
      await confirms.more();
      say(`${confirms.longestGap()} ms without a confirm, ${failed} publishes timed out`);
      await whole(arena);
    },
  },
  {
    ...settings,
    name: 'leader-cut-off',
    does: `the node that leads all queues is cut off from the others for ${cutFor / 1_000} s; the services are connected to another one`,
    run: async (arena) => {
      const { more, say } = arena;
      await lead(arena, otherNode);
      await more(10);
      const confirms = new Confirms(arena);
      await whileCutOff(arena, otherNode, async () => {
        await Promise.all([confirms.more(), pause(cutFor)]);
        await confirms.more();
      });
      say(`${confirms.longestGap()} ms without a confirm`);
      await whole(arena);
    },
  },
];

/** Cuts a node off, and makes sure that it is by the end of what is done meanwhile. @returns since when and till when it surely was */
async function whileCutOff(
  arena: Arena,
  index: number,
  work: () => Promise<void>,
): Promise<{ from: number; to: number }> {
  const { cluster } = arena;
  await cluster.cutOff(index);
  try {
    const from = Date.now();
    await work();
    const next = await leader(arena);
    const alone = await node(arena, index).control('eval', 'length(rabbit_nodes:list_running()).');
    if (alone.trim() !== '1') throw new Error(`node ${index + 1} was cut off, and sees ${alone.trim()} nodes`);
    arena.say(`node ${next + 1} leads, and node ${index + 1} sees itself alone`);
    return { from, to: Date.now() };
  } finally {
    await cluster.rejoin(index);
  }
}

function timedOut(arena: Arena): number {
  return everyProcess(arena).reduce((sum, process) => sum + process.steps({ step: 'timed-out' }).length, 0);
}
