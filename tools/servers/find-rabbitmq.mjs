import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { WORKSPACE } from '../clone.mjs';
import { unpackDebianPackages, whyNotDebian } from './debian-packages.mjs';

const run = promisify(execFile);

/** @typedef {'quorum' | 'classic'} QueueType */

/**
 * @typedef {object} RabbitInstallation
 * @property {'unpacked' | 'installed' | 'container'} kind
 * @property {string} version such as `4.3.6`
 * @property {QueueType} queueType strict priorities on quorum queues came with 4.3; before it only classic queues have them
 * @property {string} sbin folder of `rabbitmq-server` and `rabbitmqctl`; empty for a container
 * @property {string} path what PATH must begin with for them; empty for a container
 */

/** @typedef {'4.3' | '4.0' | '3.10'} RabbitSeries */

/** Debian's suite for each series of RabbitMQ that Waybill is tested with. @type {Record<RabbitSeries, string>} */
const SUITES = { 4.3: 'forky', '4.0': 'trixie', '3.10': 'bookworm' };

/** Newest first. */
export const rabbitSeries = Object.keys(SUITES);

export const RABBIT_IMAGE = 'rabbitmq:4.3-management';

const INSTALLED_IN = [
  '/usr/lib/rabbitmq/lib',
  '/opt/homebrew/opt/rabbitmq',
  '/usr/local/opt/rabbitmq',
  '/opt/rabbitmq',
  '/usr/local/rabbitmq',
];

/**
 * The RabbitMQ for a private broker on this machine: an installed 4.3 or later, Debian's unpacked into the clone, an installed
 * older one with classic queues, a container; the first that goes.
 * @param {object} [options]
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<RabbitInstallation>} fails, saying what to do, where none goes
 */
export async function findRabbit({ progress = () => {} } = {}) {
  const installed = await installedRabbit();
  if (installed?.queueType === 'quorum') return installed;
  const reasons = [];
  const notDebian = whyNotDebian();
  if (!notDebian) {
    try {
      return await unpackedRabbit('4.3', progress);
    } catch (error) {
      reasons.push(/** @type {Error} */ (error).message);
    }
  } else reasons.push(`Debian's packages cannot be unpacked: ${notDebian}`);
  if (installed) {
    progress(
      `RabbitMQ ${installed.version} is installed here, older than 4.3: its quorum queues have no strict priorities, so classic queues are used`,
    );
    return installed;
  }
  const noDocker = await whyNoDocker();
  if (!noDocker) return { kind: 'container', version: '4.3', queueType: 'quorum', sbin: '', path: '' };
  throw new Error(howToGetRabbit([...reasons, noDocker]));
}

/**
 * Debian's RabbitMQ of a series, unpacked into the clone.
 * @param {RabbitSeries} series
 * @param {(line: string) => void} [progress]
 * @returns {Promise<RabbitInstallation>}
 */
export async function unpackedRabbit(series, progress) {
  const suite = SUITES[series];
  if (!suite) throw new Error(`no RabbitMQ ${series} to unpack, only ${Object.keys(SUITES).join(', ')}`);
  const folder = join(WORKSPACE, 'packages', `${suite}-rabbitmq`);
  // libsctp1 is only suggested by Erlang, which warns at every start without it
  const { versions } = await unpackDebianPackages({
    folder,
    suite,
    packages: ['rabbitmq-server', 'libsctp1'],
    progress,
  });
  const version = versions['rabbitmq-server']?.split('-')[0] ?? '';
  if (compareVersions(version, series) < 0)
    throw new Error(`Debian ${suite} has RabbitMQ ${version}, older than ${series}`);
  return describe('unpacked', version, sbinIn(join(folder, 'root/usr/lib/rabbitmq/lib')) ?? '', join(folder, 'bin'));
}

/** @returns {Promise<RabbitInstallation | undefined>} */
async function installedRabbit() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder.endsWith('/sbin') && !/^\/(usr\/)?(local\/)?sbin$/.test(folder));
  for (const folder of [...INSTALLED_IN, ...onPath.map(dirname)]) {
    const sbin = sbinIn(folder);
    if (!sbin) continue;
    // not /usr/sbin's of the same names, which change to the user that Debian's own broker runs as
    const { stdout } = await run(join(sbin, 'rabbitmqctl'), ['version'], {
      env: { ...process.env, RABBITMQ_CONF_ENV_FILE: '/dev/null' },
    });
    const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
    if (version) return describe('installed', version, sbin, '');
  }
  return undefined;
}

/** @param {'unpacked' | 'installed'} kind @param {string} version @param {string} sbin @param {string} path @returns {RabbitInstallation} */
function describe(kind, version, sbin, path) {
  return { kind, version, queueType: compareVersions(version, '4.3') >= 0 ? 'quorum' : 'classic', sbin, path };
}

/** The newest under this folder. @param {string} folder */
function sbinIn(folder) {
  if (!existsSync(folder)) return undefined;
  const versions = readdirSync(folder).filter((name) => name.startsWith('rabbitmq_server-'));
  const newest = versions.sort((a, b) => compareVersions(b.slice(16), a.slice(16)))[0];
  return [...(newest ? [join(folder, newest, 'sbin')] : []), join(folder, 'sbin')].find((sbin) =>
    existsSync(join(sbin, 'rabbitmq-server')),
  );
}

/** @returns {Promise<string | undefined>} */
async function whyNoDocker() {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 });
    return undefined;
  } catch (error) {
    const { code, stderr } = /** @type {{ code: string | number, stderr?: string }} */ (error);
    return code === 'ENOENT'
      ? 'Docker is not installed'
      : `no Docker engine answers: ${stderr?.trim().split('\n').at(-1) ?? code}`;
  }
}

/** @param {string[]} reasons */
function howToGetRabbit(reasons) {
  const command =
    process.platform === 'darwin'
      ? 'brew install rabbitmq'
      : existsSync('/sbin/apk')
        ? 'apk add rabbitmq-server    (Alpine edge has 4.3)'
        : `docker run -d --name waybill-rabbitmq -p 127.0.0.1:5672:5672 -p 127.0.0.1:15672:15672 ${RABBIT_IMAGE}`;
  return [
    'There is no RabbitMQ for Waybill on this machine:',
    ...reasons.map((reason) => `  - ${reason}`),
    'Install RabbitMQ 4.3 or later, or start a Docker engine, then run `npm run up` again. Here:',
    `  ${command}`,
    'Or name a broker that runs already, in .env or the environment:',
    '  RABBITMQ_ADMIN_URL=amqp://guest:guest@127.0.0.1:5672',
    '  RABBITMQ_MANAGEMENT_URL=http://guest:guest@127.0.0.1:15672',
  ].join('\n');
}

/** @param {string} a @param {string} b dotted numbers; what one lacks counts as 0 */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
