import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isStopped } from '../process-identity.mjs';
import { findRabbit, unpackedRabbit } from './find-rabbitmq.mjs';
import { startRabbitContainer } from './rabbitmq-container.mjs';
import { accepts, answersManagement, speaksAmqp } from './rabbitmq-readiness.mjs';
import { awaitFreePorts, rememberedPorts } from './server-ports.mjs';
import { endLeftovers, startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';

const ADMIN = 'waybill-admin';

const READY_WITHIN = 120_000;

/** A node with full queues closes them before it ends. */
const STOP_GRACE = 30_000;

/**
 * A private broker, reachable from this machine alone.
 * @typedef {object} Rabbit
 * @property {string} version
 * @property {import('./find-rabbitmq.mjs').QueueType} queueType
 * @property {string} description for a person
 * @property {number} amqpPort
 * @property {number} managementPort
 * @property {string} amqpUrl as administrator, on the vhost `/`
 * @property {string} managementUrl as administrator
 * @property {() => number | undefined} pid
 * @property {() => Promise<string>} exited how the broker that runs now ended, once it has
 * @property {() => Promise<void>} start again, with the same data and ports; returns once it takes connections
 * @property {() => Promise<void>} stop cleanly
 * @property {() => Promise<void>} kill at once, as a power cut would
 * @property {() => Promise<void>} suspend it holds its connections and answers nothing
 * @property {() => Promise<void>} resume
 * @property {(...args: string[]) => Promise<string>} control runs `rabbitmqctl`, answers its output
 */

/**
 * Starts a broker whose files are all under `home`; data found there is kept.
 * @param {object} options
 * @param {string} options.home
 * @param {string} [options.logs] folder for `rabbitmq.log`, default: `log` in the home
 * @param {import('./find-rabbitmq.mjs').RabbitSeries} [options.version] Debian's of this series
 * @param {import('./find-rabbitmq.mjs').RabbitInstallation} [options.installation] default: of `version` if given, else what `findRabbit` finds
 * @param {{ amqp?: number, management?: number }} [options.ports] preferred ones for the first start, if they are free
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<Rabbit>} once it takes connections
 */
export async function startRabbit({ home, logs, version, installation, ports: preferred, progress }) {
  const found = installation ?? (version ? await unpackedRabbit(version, progress) : await findRabbit({ progress }));
  mkdirSync(home, { recursive: true });
  if (found.kind === 'container') return startRabbitContainer({ home, ports: preferred, admin: ADMIN, progress });
  // its start scripts do not quote their own path
  if (/\s/.test(found.sbin + home))
    throw new Error(`RabbitMQ cannot run from a path with a space in it: move the clone away from ${home}`);
  await endLeftovers(home);
  const ports = await rememberedPorts(home, ['amqp', 'management', 'distribution', 'epmd'], preferred);
  const { amqp, management } = /** @type {{ amqp: number, management: number }} */ (ports);
  const env = environment(home, found, ports);
  writeConfiguration(home, ports);

  /** @type {import('./server-process.mjs').ServerProcess} */
  let epmd;
  /** @type {import('./server-process.mjs').ServerProcess} */
  let node;
  const start = async () => {
    if (node?.isRunning()) return;
    await awaitFreePorts('RabbitMQ', [amqp, management]);
    if (!epmd?.isRunning()) {
      // its own child: the daemon that Erlang would start by itself outlives everything
      const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
      epmd = await startServerProcess({ name: 'epmd', home, logs, command: join(found.path, 'epmd'), args, env });
      await waitUntilReady('epmd', epmd, () => accepts(Number(ports.epmd)), 10_000);
    }
    node = await startServerProcess({
      name: 'rabbitmq',
      home,
      logs,
      command: join(found.sbin, 'rabbitmq-server'),
      args: [],
      env,
    });
    const isReady = async () => (await speaksAmqp(amqp)) && (await answersManagement(management, ADMIN));
    await waitUntilReady(`RabbitMQ ${found.version}`, node, isReady, READY_WITHIN);
  };
  const stop = async () => {
    if (node) await stopServerProcess(node, 'SIGTERM', STOP_GRACE);
    if (epmd) await stopServerProcess(epmd, 'SIGTERM', 2_000);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version: found.version,
    queueType: found.queueType,
    description: `RabbitMQ ${found.version}, ${found.kind === 'unpacked' ? 'unpacked from Debian' : `installed in ${found.sbin}`}`,
    amqpPort: amqp,
    managementPort: management,
    amqpUrl: `amqp://${ADMIN}:${ADMIN}@127.0.0.1:${amqp}`,
    managementUrl: `http://${ADMIN}:${ADMIN}@127.0.0.1:${management}`,
    pid: () => (node.isRunning() ? node.pid : undefined),
    exited: () => node.exited,
    start,
    stop,
    kill: async () => {
      node.signal('SIGKILL');
      await node.exited;
    },
    suspend: async () => {
      if (!node.signal('SIGSTOP')) return;
      while (!isStopped(node.pid)) await delay(1);
    },
    resume: async () => void node.signal('SIGCONT'),
    control: async (...args) =>
      (await promisify(execFile)(join(found.sbin, 'rabbitmqctl'), ['--silent', ...args], { env, cwd: home })).stdout,
  };
}

/**
 * Nothing of the caller's environment, so that no RABBITMQ_ or ERL_ variable meant for another broker gets in.
 * @param {string} home @param {import('./find-rabbitmq.mjs').RabbitInstallation} found @param {Record<string, number>} ports
 * @returns {Record<string, string>}
 */
function environment(home, found, ports) {
  return {
    PATH: [found.path, found.sbin, process.env.PATH ?? '/usr/bin:/bin'].filter(Boolean).join(':'),
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(home, 'erl_crash.dump'),
    RABBITMQ_NODENAME: 'waybill@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOGS: '-', // to its output, which goes to the log file
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_PID_FILE: join(home, 'rabbitmq.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // makes the start script become the broker instead of waiting for it, so that the process we signal is the broker
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

/** @param {string} home @param {Record<string, number>} ports */
function writeConfiguration(home, ports) {
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const cookie = join(home, '.erlang.cookie');
  if (!existsSync(cookie)) writeFileSync(cookie, globalThis.crypto.randomUUID(), { mode: 0o400 });
  writeFileSync(join(home, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(join(home, 'advanced.config'), '[].\n');
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    `default_user = ${ADMIN}`,
    `default_pass = ${ADMIN}`,
    'loopback_users = none',
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
  ];
  writeFileSync(join(home, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
}
