import { setTimeout as pause } from 'node:timers/promises';
import { whyImpossible } from '@waybill/testing';
import type { Scenario } from '../scenario';
import { Confirms } from './cluster-confirms';
import { clusterRate, lead, leader, node, otherNode, servicesNode, whole } from './cluster-nodes';

/** Milliseconds. Long enough for the others to elect, and for a tick of 15 s to take the frozen node for gone. */
const frozenFor = 20_000;

const missing = () => whyImpossible('cluster');

/** What fails when a node does. */
const casesOfLeading = [
  [otherNode, 'the queues alone'],
  [servicesNode, 'queues and connections'],
] as const;

export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'leader-killed',
    family: 'cluster',
    does: 'kill -9 of the node that leads all queues: once it is another than the services are connected to, once the same',
    isShort: true,
    rate: clusterRate,
    cluster: {},
    missing,
    run: async (arena) => {
      const { more, random, say } = arena;
      for (const [leads, failing] of casesOfLeading) {
        await lead(arena, leads);
        await more(random.between(1, 15));
        const confirms = new Confirms(arena);
        await node(arena, leads).kill();
        await confirms.more();
        if ((await leader(arena)) === leads) throw new Error(`node ${leads + 1} was killed, and is said to lead`);
        say(`${failing}: ${confirms.longestGap()} ms without a confirm`);
        await node(arena, leads).start();
        await whole(arena);
        await more(10);
      }
    },
  },
  {
    name: 'leader-frozen',
    family: 'cluster',
    does: `SIGSTOP for ${frozenFor / 1_000} s of the node that leads all queues: once it is another than the services are connected to, once the same`,
    rate: clusterRate,
    cluster: { netTicktime: 15 },
    missing,
    run: async (arena) => {
      const { more, say } = arena;
      for (const [leads, failing] of casesOfLeading) {
        await lead(arena, leads);
        await more(10);
        const confirms = new Confirms(arena);
        await node(arena, leads).suspend();
        const [next] = await Promise.all([leader(arena), pause(frozenFor)]);
        await node(arena, leads).resume();
        if (next === leads) throw new Error(`node ${leads + 1} was frozen, and is said to lead`);
        await confirms.more();
        say(`${failing}: ${confirms.longestGap()} ms without a confirm`);
        await whole(arena);
      }
    },
  },
  {
    name: 'all-nodes-killed',
    family: 'cluster',
    does: 'kill -9 of all nodes at once, three times; they are started together',
    rate: clusterRate,
    cluster: {},
    missing,
    run: async (arena) => {
      const { cluster, more, random, say } = arena;
      for (let turn = 1; turn <= 3; turn++) {
        await more(random.between(1, 15));
        const confirms = new Confirms(arena);
        const killedAt = Date.now();
        await Promise.all(cluster.nodes.map((each) => each.kill()));
        await more(random.between(1, 15));
        await Promise.all(cluster.nodes.map((each) => each.start()));
        await confirms.more();
        say(
          `${turn}: ${confirms.longestGap()} ms without a confirm, ${Date.now() - killedAt} ms after all were killed`,
        );
        await whole(arena);
      }
    },
  },
  {
    name: 'rolling-restart',
    family: 'cluster',
    does: 'one node after the other is stopped and started, while the others serve',
    rate: clusterRate,
    cluster: {},
    missing,
    run: async (arena) => {
      const { cluster, more, random, say } = arena;
      for (const [index, each] of cluster.nodes.entries()) {
        const confirms = new Confirms(arena);
        await each.stop();
        await confirms.more();
        await more(random.between(5, 20));
        await confirms.more();
        await each.start();
        await whole(arena);
        say(`node ${index + 1}: ${confirms.longestGap()} ms without a confirm`);
      }
    },
  },
];
