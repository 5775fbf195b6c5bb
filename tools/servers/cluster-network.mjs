import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assertPossible } from './possible-faults.mjs';
import { startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';

const run = promisify(execFile);

/** Of the bridge, and of its namespace. */
const BRIDGE = 'nodes';

/**
 * Where the nodes of a cluster live.
 * @typedef {object} ClusterNetwork
 * @property {{ prefix: string[], client: string, peer: string }[]} places for each node: words before its commands, its address for clients,
 *   and the one for other nodes
 * @property {(index: number) => Promise<void>} cutOff lets nothing pass between a node and the others, and tells none of them; clients reach it still
 * @property {(index: number) => Promise<void>} rejoin
 * @property {() => Promise<void>} end
 */

/**
 * Addresses of this machine alone: no partition.
 * @param {number} count @returns {ClusterNetwork}
 */
export function makeLoopbackNetwork(count) {
  assertPossible('cluster');
  const subnet = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const refuse = async () => {
    throw new Error("this cluster's nodes share one network: start it with network: 'namespaces' to cut one off");
  };
  return {
    places: Array.from({ length: count }, (_, index) => {
      const address = `${subnet}.${index + 1}`;
      return { prefix: [], client: address, peer: address };
    }),
    cutOff: refuse,
    rejoin: refuse,
    end: async () => {},
  };
}

/**
 * A network namespace for each node and one for the bridge that joins them, each kept by a process of its own, which `endLeftovers` of the home
 * ends. To each node leads one more link, from this machine, for clients. All addresses are from 198.18.0.0/15, which is for tests of
 * networks (RFC 2544).
 * @param {object} options
 * @param {string} options.home @param {string} [options.logs] @param {number} options.count
 * @returns {Promise<ClusterNetwork>}
 */
export async function makeNamespaces({ home, logs, count }) {
  assertPossible('partition');
  /** @type {import('./server-process.mjs').ServerProcess[]} */
  const keepers = [];
  const end = async () => {
    await removeLinks(home);
    await Promise.all(keepers.splice(0).map((keeper) => stopServerProcess(keeper, 'SIGTERM', 2_000)));
  };
  try {
    const bridge = await keepNamespace(BRIDGE);
    await ip(bridge, 'link', 'add', BRIDGE, 'type', 'bridge');
    await ip(bridge, 'link', 'set', BRIDGE, 'up');
    const places = [];
    const subnet = freeSubnet();
    for (let index = 0; index < count; index++) {
      const node = await keepNamespace(`node-${index + 1}`);
      await ip(node, 'link', 'set', 'lo', 'up');

      const peer = `198.19.0.${index + 1}`;
      await ip(bridge, 'link', 'add', port(index), 'type', 'veth', 'peer', 'name', 'peers', 'netns', String(node));
      await ip(bridge, 'link', 'set', port(index), 'up', 'master', BRIDGE);
      await ip(node, 'address', 'add', `${peer}/24`, 'dev', 'peers');
      await ip(node, 'link', 'set', 'peers', 'up');

      const [here, client] = [`198.18.${subnet}.${4 * index + 1}`, `198.18.${subnet}.${4 * index + 2}`];
      const link = `waybill${subnet}-${index + 1}`;
      await ip(node, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'clients');
      await ip(node, 'link', 'set', link, 'alias', home); // while it is not here yet, so that it never is without
      await ip(node, 'link', 'set', link, 'netns', String(process.pid));
      await ip(undefined, 'address', 'add', `${here}/30`, 'dev', link);
      await ip(undefined, 'link', 'set', link, 'up');
      await ip(node, 'address', 'add', `${client}/30`, 'dev', 'clients');
      await ip(node, 'link', 'set', 'clients', 'up');
      places.push({ prefix: ['nsenter', `--net=/proc/${node}/ns/net`, '--'], client, peer });
    }
    return {
      places,
      cutOff: async (index) => ip(bridge, 'link', 'set', port(index), 'nomaster'),
      rejoin: async (index) => ip(bridge, 'link', 'set', port(index), 'master', BRIDGE),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }

  /** @param {string} name @returns {Promise<number>} the process that keeps it */
  async function keepNamespace(name) {
    const keeper = await startServerProcess({
      name: `network-${name}`,
      home,
      logs,
      command: 'unshare',
      args: ['--net', 'tail', '-f', '/dev/null'],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    });
    keepers.push(keeper);
    const ours = readlinkSync('/proc/self/ns/net');
    const isOwn = async () => readlinkSync(`/proc/${keeper.pid}/ns/net`) !== ours;
    await waitUntilReady(`the network namespace of ${name}`, keeper, isOwn, 10_000);
    return keeper.pid;
  }
}

/**
 * Removes the links that lead from this machine to the nodes of a home. They do not go with the nodes: the kernel keeps a network for minutes
 * in which connections are open whose other end was killed, too.
 * @param {string} home
 */
export async function removeLinks(home) {
  const folder = '/sys/class/net';
  if (!existsSync(folder)) return; // not Linux
  for (const link of readdirSync(folder)) {
    const alias = join(folder, link, 'ifalias');
    if (existsSync(alias) && readFileSync(alias, 'utf8').trim() === home) await ip(undefined, 'link', 'delete', link);
  }
}

/** The bridge's end of the link to a node. @param {number} index */
function port(index) {
  return `node-${index + 1}`;
}

/** @param {number | undefined} namespace a process in it; undefined is ours @param {string[]} args */
async function ip(namespace, ...args) {
  if (namespace === undefined) await run('ip', args);
  else await run('nsenter', [`--net=/proc/${namespace}/ns/net`, 'ip', ...args]);
}

/** One that no other cluster on this machine has. */
function freeSubnet() {
  const taken = readdirSync('/sys/class/net').map((link) => Number(/^waybill(\d+)-/.exec(link)?.[1]));
  const free = Array.from({ length: 254 }, (_, index) => index + 1).filter((subnet) => !taken.includes(subnet));
  if (free.length === 0)
    throw new Error('every network for clusters is taken: end some, or remove what they have left');
  return free[randomInt(free.length)];
}
