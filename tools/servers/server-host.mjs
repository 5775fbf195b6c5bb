// Owns throw-away servers for another process, as `node tools/servers/server-host.mjs <home>`. A request is a line of JSON on stdin,
// its answer a line on stdout:
//   {"id":1,"name":"broker","do":"start","kind":"rabbitmq","version":"4.3"}   -> {"id":1,"result":{"amqpUrl":...,"managementUrl":...}}
//   {"id":2,"name":"broker","do":"kill"}       stop, kill, suspend, resume, and start without a kind for the same data and ports
//   {"id":3,"name":"broker","do":"control","args":["list_queues"]}            rabbitmqctl
//   {"id":4,"name":"database","do":"start","kind":"postgres","options":{"durable":true}}
//   {"id":5,"name":"database","do":"slowFsync","args":[200]}                  any method of the server's
//   {"id":6,"name":"cluster","do":"start","kind":"rabbitmq-cluster","options":{"network":"namespaces"}}
//   {"id":7,"name":"cluster","do":"kill","node":2}                            of one of its nodes
//   {"id":8,"do":"keep","args":["/a/folder"]}   where their files go in the end, in place of being removed
// What goes wrong is {"id":1,"error":"..."}; {"progress":"..."} may come in between. When stdin closes, which it does however the
// caller ends, the servers are killed, their files removed, and this process ends.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { withLock } from '../lock.mjs';
import { identify, isRunning } from '../process-identity.mjs';
import { removeLinks } from './cluster-network.mjs';
import { startPostgres } from './postgres.mjs';
import { startRabbit } from './rabbitmq.mjs';
import { startRabbitCluster } from './rabbitmq-cluster.mjs';
import { endLeftovers } from './server-process.mjs';

const OWNER = 'owner.json';

/**
 * @typedef {object} Request
 * @property {number} id
 * @property {string} name
 * @property {string} do
 * @property {'postgres' | 'rabbitmq' | 'rabbitmq-cluster'} [kind] for the first start
 * @property {import('./find-rabbitmq.mjs').RabbitSeries} [version] of RabbitMQ
 * @property {object} [options] for the first start, of `startPostgres` or `startRabbitCluster`
 * @property {number} [node] whose method it is, in a cluster
 * @property {unknown[]} [args] of the method
 */

const home = process.argv[2];
if (!home) throw new Error('usage: node tools/servers/server-host.mjs <home>');

/** @type {Map<string, import('./postgres.mjs').Postgres | import('./rabbitmq.mjs').Rabbit | import('./rabbitmq-cluster.mjs').RabbitCluster>} */
const servers = new Map();
/** @type {Set<Promise<void>>} */
const answering = new Set();
let ending = false;

await withLock(join(dirname(home), 'abandoned.lock'), () => removeAbandoned(dirname(home)));
mkdirSync(home, { recursive: true });
writeFileSync(join(home, OWNER), JSON.stringify(identify(process.pid)));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => void end());
process.stdout.on('error', () => void end()); // nobody listens any more
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const answered = answer(JSON.parse(line)).finally(() => answering.delete(answered));
    answering.add(answered);
  })
  .on('close', () => void end());

/** @param {Request} request */
async function answer(request) {
  try {
    say({ id: request.id, result: (await perform(request)) ?? null });
  } catch (error) {
    say({ id: request.id, error: /** @type {Error} */ (error).message });
  }
}

/** @param {Request} request */
async function perform({ name, do: action, kind, version, options, node, args = [] }) {
  if (action === 'keep') {
    keptIn = String(args[0]);
    return;
  }
  const server = servers.get(name);
  if (action === 'start' && !server) return startNew(name, kind, { ...options, version });
  if (!server) throw new Error(`no server ${name} has been started here`);
  const actor = node === undefined ? server : 'nodes' in server ? server.nodes[node] : undefined;
  const method = /** @type {Record<string, unknown> | undefined} */ (actor)?.[action];
  if (typeof method !== 'function') throw new Error(`${name} cannot ${action}, or has no such node`);
  return method(...args);
}

/** @param {string} name @param {Request['kind']} kind @param {{ version?: Request['version'] }} given */
async function startNew(name, kind, given) {
  const options = {
    ...given,
    home: join(/** @type {string} */ (home), name),
    progress: (/** @type {string} */ line) => say({ progress: line }),
  };
  if (kind === 'postgres') {
    const server = await startPostgres({ durable: false, ...options });
    servers.set(name, server);
    return { version: server.version, port: server.port, url: server.url, bin: server.bin, pid: server.pid() };
  }
  if (kind === 'rabbitmq') {
    const server = await startRabbit(options);
    servers.set(name, server);
    const { queueType, amqpPort, managementPort, amqpUrl, managementUrl } = server;
    return { version: server.version, queueType, amqpPort, managementPort, amqpUrl, managementUrl, pid: server.pid() };
  }
  if (kind === 'rabbitmq-cluster') {
    const cluster = await startRabbitCluster(options);
    servers.set(name, cluster);
    const nodes = cluster.nodes.map((node) => ({
      queueType: 'quorum',
      amqpUrl: node.amqpUrl,
      managementUrl: node.managementUrl,
      pid: node.pid(),
    }));
    return { version: cluster.version, nodes };
  }
  throw new Error(`kind must be postgres, rabbitmq or rabbitmq-cluster, not ${kind}`);
}

/** @param {object} message */
function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Where the files go in the end, in place of being removed. @type {string | undefined} */
let keptIn;

async function end() {
  if (ending) return;
  ending = true;
  await Promise.all(answering); // a server that is being started would be missed
  await Promise.all([...servers.values()].map((server) => ('end' in server ? server.end() : server.kill())));
  if (keptIn) await keep(keptIn);
  await remove(/** @type {string} */ (home));
  process.exit(0);
}

/** Moves the servers' files out of the home, for somebody to look at. @param {string} folder */
async function keep(folder) {
  mkdirSync(folder, { recursive: true });
  const from = /** @type {string} */ (home);
  for (const name of readdirSync(from).filter((entry) => entry !== OWNER)) {
    await endLeftovers(join(from, name)); // what runs is found by what lies there
    renameSync(join(from, name), join(folder, name));
  }
}

/** What hosts that were killed themselves have left. @param {string} parent */
async function removeAbandoned(parent) {
  const prefix = basename(/** @type {string} */ (home)).replace(/[^-]*$/, '');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent).filter((entry) => prefix !== '' && entry.startsWith(prefix))) {
    let owner;
    try {
      owner = JSON.parse(readFileSync(join(parent, name, OWNER), 'utf8'));
    } catch {
      continue; // just being made, or no such folder of ours
    }
    if (isRunning(owner)) continue;
    await remove(join(parent, name));
  }
}

/** The home of a host, and what still runs in it: also of a server that could not be started. @param {string} host */
async function remove(host) {
  for (const { name } of readdirSync(host, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    await endLeftovers(join(host, name));
    await removeLinks(join(host, name));
  }
  rmSync(host, { recursive: true, force: true });
}
