import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isStopped } from '../process-identity.mjs';
import { makeLoopbackNetwork, makeNamespaces } from './cluster-network.mjs';
import { findRabbit } from './find-rabbitmq.mjs';
import { assertNoSpace } from './rabbitmq.mjs';
import { makeRabbitNode, startEpmd } from './rabbitmq-node.mjs';
import { rememberedPorts } from './server-ports.mjs';
import { endLeftovers, stopServerProcess } from './server-process.mjs';

const FORMED_WITHIN = 60_000;

const LED_WITHIN = 60_000;

/**
 * Private brokers that form a cluster.
 * @typedef {object} RabbitCluster
 * @property {string} version
 * @property {import('./rabbitmq-node.mjs').RabbitNode[]} nodes
 * @property {(vhost: string, queue: string) => Promise<number>} leaderOf index of the node that leads a quorum queue; waits while none does. Nodes that
 *   do not run, are suspended or cut off are not asked
 * @property {(index: number) => Promise<void>} cutOff a network partition: nothing passes between the node and the others any more, and none of
 *   them is told. Clients and `control` reach it still
 * @property {(index: number) => Promise<void>} rejoin
 * @property {() => Promise<void>} end kills all, and removes their network
 */

/**
 * Starts a cluster of RabbitMQ 4.3 or later. Its nodes have homes of their own beside this one: `<home>-1`, `<home>-2`, ...
 * @param {object} options
 * @param {string} options.home
 * @param {number} [options.nodes] default 3
 * @param {'loopback' | 'namespaces'} [options.network] default `loopback`: each node has an address of its own on this machine. With `namespaces`
 *   it has a network of its own, and can be cut off
 * @param {number} [options.netTicktime] seconds until a node takes a silent one for gone; default 60, as RabbitMQ's
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<RabbitCluster>} once all nodes are in it
 */
export async function startRabbitCluster({
  home,
  nodes: count = 3,
  network: kind = 'loopback',
  netTicktime = 60,
  progress,
}) {
  const found = await findRabbit({ progress });
  if (found.kind === 'container' || found.queueType !== 'quorum')
    throw new Error(`a cluster needs RabbitMQ 4.3 or later on this machine itself, not ${found.kind} ${found.version}`);
  assertNoSpace(found.sbin + home);
  const indexes = Array.from({ length: count }, (_, index) => index);
  const homes = indexes.map((index) => `${home}-${index + 1}`);
  mkdirSync(home, { recursive: true });
  for (const each of [home, ...homes]) await endLeftovers(each);

  const network = kind === 'namespaces' ? await makeNamespaces({ home, count }) : makeLoopbackNetwork(count);
  const { amqp, management, epmd, ...rest } = await rememberedPorts(home, [
    ...['amqp', 'management', 'epmd'],
    // each its own: where nodes share one epmd, RabbitMQ refuses to start with a port that another has, though its address is another
    ...indexes.map((index) => `distribution-${index + 1}`),
  ]);
  const names = network.places.map(({ peer }, index) => `waybill${index + 1}@${peer}`);
  const membership = { nodes: names, cookie: globalThis.crypto.randomUUID(), netTicktime };
  const nodes = network.places.map(({ prefix, client, peer }, index) => {
    const ports = { amqp, management, epmd, distribution: rest[`distribution-${index + 1}`] };
    const place = { node: /** @type {string} */ (names[index]), client, peer, ports };
    return makeRabbitNode({ home: /** @type {string} */ (homes[index]), found, place, membership, prefix });
  });
  /** @type {import('./server-process.mjs').ServerProcess[]} */
  const epmds = [];
  /** @type {Set<number>} */
  const apart = new Set();
  const end = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all(epmds.map((epmd) => stopServerProcess(epmd, 'SIGTERM', 2_000)));
    await network.end();
  };
  try {
    if (kind === 'namespaces')
      for (const [index, { prefix, peer }] of network.places.entries())
        epmds.push(
          await startEpmd({
            found,
            port: Number(epmd),
            home: /** @type {string} */ (homes[index]),
            addresses: [peer],
            prefix,
          }),
        );
    // every epmd takes 127.0.0.1, too, so there can be but one
    else
      epmds.push(
        await startEpmd({ found, port: Number(epmd), home, addresses: network.places.map(({ peer }) => peer) }),
      );
    await Promise.all(nodes.map((node) => node.start()));
    await waitUntilFormed();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    version: found.version,
    nodes,
    leaderOf,
    cutOff: async (index) => {
      await network.cutOff(index);
      apart.add(index);
    },
    rejoin: async (index) => {
      await network.rejoin(index);
      apart.delete(index);
    },
    end,
  };

  async function waitUntilFormed() {
    const [first] = /** @type {[import('./rabbitmq-node.mjs').RabbitNode]} */ (nodes);
    for (const deadline = Date.now() + FORMED_WITHIN; ; await delay(100)) {
      const running = Number(await first.control('eval', 'length(rabbit_nodes:list_running()).'));
      if (running === count) return;
      if (Date.now() > deadline)
        throw new Error(`only ${running} of ${count} nodes have found each other: see ${home}-*/log/rabbitmq.log`);
    }
  }

  /** @param {string} vhost @param {string} queue */
  async function leaderOf(vhost, queue) {
    for (const deadline = Date.now() + LED_WITHIN; ; await delay(100)) {
      const asked = indexes.filter((index) => {
        const pid = nodes[index]?.pid();
        return pid !== undefined && !isStopped(pid) && !apart.has(index);
      });
      const answers = await Promise.all(
        asked.map((index) =>
          /** @type {import('./rabbitmq-node.mjs').RabbitNode} */ (nodes[index]).control(
            'eval',
            raftState(vhost, queue),
          ),
        ),
      );
      if (answers.length > 0 && answers.every((answer) => answer.includes('not_found')))
        throw new Error(`there is no queue ${queue} in the vhost ${vhost}`);
      const leaders = answers
        .map((answer, at) => ({ index: asked[at] ?? -1, term: Number(/^\{leader,(\d+)\}/.exec(answer)?.[1] ?? -1) }))
        .filter(({ term }) => term >= 0)
        .sort((one, other) => other.term - one.term); // one that was replaced may not know yet
      if (leaders[0]) return leaders[0].index;
      if (Date.now() > deadline)
        throw new Error(`no node has led ${queue} for ${LED_WITHIN / 1000} s, they say: ${answers.join(' ').trim()}`);
    }
  }
}

/**
 * What a node itself knows about its member of a quorum queue, as `{leader,2}`: its state and its term. It asks no other node, so that it
 * is answered in a partition, too.
 * @param {string} vhost @param {string} queue
 */
function raftState(vhost, queue) {
  const [inVhost, named] = [vhost, queue].map((text) => `<<${[...Buffer.from(text)].join(',')}>>`);
  return `case rabbit_amqqueue:lookup(rabbit_misc:r(${inVhost}, queue, ${named})) of
    {ok, Queue} ->
      {Name, _} = amqqueue:get_pid(Queue),
      #{state := State, term := Term} = ra:key_metrics({Name, node()}),
      {State, Term};
    _ -> not_found
  end.`;
}
