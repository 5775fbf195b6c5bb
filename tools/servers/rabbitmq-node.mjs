import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isStopped } from '../process-identity.mjs';
import { ADMIN, rabbitEnvironment, writeRabbitConfiguration } from './rabbitmq-configuration.mjs';
import { answersManagement, speaksAmqp } from './rabbitmq-readiness.mjs';
import { accepts, awaitFreePorts } from './server-ports.mjs';
import { startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';

const READY_WITHIN = 120_000;

/** A node with full queues closes them before it ends. */
const STOP_GRACE = 30_000;

/**
 * A program of a broker, from start to start.
 * @typedef {object} RabbitNode
 * @property {string} amqpUrl as administrator, on the vhost `/`
 * @property {string} managementUrl as administrator
 * @property {() => number | undefined} pid
 * @property {() => Promise<string>} exited how the one that runs now ended, once it has
 * @property {() => Promise<void>} start again, with the same data and ports; returns once it takes connections
 * @property {() => Promise<void>} stop cleanly
 * @property {() => Promise<void>} kill at once, as a power cut would
 * @property {() => Promise<void>} suspend it holds its connections and answers nothing
 * @property {() => Promise<void>} resume
 * @property {(...args: string[]) => Promise<string>} control runs `rabbitmqctl`, answers its output
 */

/**
 * Writes a node's configuration; `start` starts it. Its epmd must run by then.
 * @param {object} options
 * @param {string} options.home @param {string} [options.logs]
 * @param {import('./find-rabbitmq.mjs').RabbitInstallation} options.found
 * @param {import('./rabbitmq-configuration.mjs').RabbitPlace} options.place
 * @param {import('./rabbitmq-configuration.mjs').RabbitMembership} [options.membership]
 * @param {string[]} [options.prefix] words before each command
 * @returns {RabbitNode}
 */
export function makeRabbitNode({ home, logs, found, place, membership, prefix = [] }) {
  const { client, ports } = place;
  const { amqp, management } = /** @type {{ amqp: number, management: number }} */ (ports);
  const env = rabbitEnvironment(home, found, place, membership);
  writeRabbitConfiguration(home, place, membership);
  /** @param {string} program @param {string[]} args @returns {{ command: string, args: string[] }} */
  const behindPrefix = (program, args) => {
    const [command = '', ...rest] = [...prefix, join(found.sbin, program), ...args];
    return { command, args: rest };
  };
  /** @type {import('./server-process.mjs').ServerProcess} */
  let node;
  return {
    amqpUrl: `amqp://${ADMIN}:${ADMIN}@${client}:${amqp}`,
    managementUrl: `http://${ADMIN}:${ADMIN}@${client}:${management}`,
    pid: () => (node?.isRunning() ? node.pid : undefined),
    exited: () => node.exited,
    start: async () => {
      if (node?.isRunning()) return;
      await awaitFreePorts('RabbitMQ', [amqp, management], client);
      node = await startServerProcess({ name: 'rabbitmq', home, logs, ...behindPrefix('rabbitmq-server', []), env });
      const isReady = async () =>
        (await speaksAmqp(amqp, client)) && (await answersManagement(management, ADMIN, client));
      await waitUntilReady(`RabbitMQ ${found.version}`, node, isReady, READY_WITHIN);
    },
    stop: async () => {
      if (node) await stopServerProcess(node, 'SIGTERM', STOP_GRACE);
    },
    kill: async () => {
      node?.signal('SIGKILL');
      await node?.exited;
    },
    suspend: async () => {
      if (!node.signal('SIGSTOP')) return;
      while (!isStopped(node.pid)) await delay(1);
    },
    resume: async () => void node.signal('SIGCONT'),
    control: async (...words) => {
      const { command, args } = behindPrefix('rabbitmqctl', ['--silent', ...words]);
      return (await promisify(execFile)(command, args, { env, cwd: home })).stdout;
    },
  };
}

/**
 * The name service of Erlang nodes, as a child of ours: the daemon that Erlang would start by itself outlives everything.
 * @param {object} options
 * @param {string} options.home @param {string} [options.logs]
 * @param {import('./find-rabbitmq.mjs').RabbitInstallation} options.found
 * @param {number} options.port
 * @param {string[]} options.addresses besides 127.0.0.1
 * @param {string[]} [options.prefix] words before the command
 * @returns {Promise<import('./server-process.mjs').ServerProcess>}
 */
export async function startEpmd({ home, logs, found, port, addresses, prefix = [] }) {
  mkdirSync(home, { recursive: true });
  const words = [...prefix, join(found.path, 'epmd'), '-port', String(port), '-address', addresses.join(',')];
  const [command = '', ...args] = words;
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home };
  const epmd = await startServerProcess({ name: 'epmd', home, logs, command, args, env });
  const [address] = /** @type {[string]} */ (addresses);
  await waitUntilReady('epmd', epmd, () => accepts(port, address), 10_000);
  return epmd;
}
