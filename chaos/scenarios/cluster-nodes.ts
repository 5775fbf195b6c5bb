import { eventually, type OwnBrokerNode } from '@waybill/testing';
import type { Arena } from '../arena';

/** Requests a second. Three brokers on one machine leave less of it to the services. */
export const clusterRate = 5;

/** Where all services are connected until it goes away: a new connection goes to the first node that takes it. */
export const servicesNode = 0;

/** Another, so that what becomes of it concerns the queues alone. */
export const otherNode = 1;

/** Milliseconds in which nodes agree. */
const patience = 60_000;

export function node({ cluster }: Arena, index: number): OwnBrokerNode {
  const found = cluster.nodes[index];
  if (!found) throw new Error(`the cluster has no node ${index + 1}`);
  return found;
}

/** Index of the node that leads the queue from which payment takes new orders. */
export async function leader({ cluster, system }: Arena): Promise<number> {
  return await cluster.leaderOf(system.vhost.name, 'payment.order-placed');
}

/** Makes a node lead every queue. */
export async function lead(arena: Arena, index: number): Promise<void> {
  const queues = `rabbit_amqqueue:list(<<${[...Buffer.from(arena.system.vhost.name)].join(',')}>>)`;
  const transfer = `[rabbit_quorum_queue:transfer_leadership(Queue, node()) || Queue <- ${queues}].`;
  await eventually(
    `node ${index + 1} leads`,
    async () => {
      const answer = await node(arena, index).control('eval', transfer);
      const refused = answer.replaceAll('{not_migrated,already_leader}', '');
      if (answer.trim() === '[]' || refused.includes('not_migrated')) throw new Error(answer);
    },
    patience,
  );
}

/** The cluster is healed: resolves when every node sees every other. */
export async function whole(arena: Arena): Promise<void> {
  arena.healed();
  const seen =
    '[length(erpc:call(Node, rabbit_nodes, list_running, [], 5000)) || Node <- rabbit_nodes:list_members()].';
  const all = JSON.stringify(arena.cluster.nodes.map(() => arena.cluster.nodes.length));
  await eventually(
    'every node sees every other',
    async () => {
      const answer = (await node(arena, servicesNode).control('eval', seen)).trim();
      if (answer !== all) throw new Error(`they see ${answer}`);
    },
    patience,
  );
}
