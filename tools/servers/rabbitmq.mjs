import { mkdirSync } from 'node:fs';
import { findRabbit, unpackedRabbit } from './find-rabbitmq.mjs';
import { ADMIN } from './rabbitmq-configuration.mjs';
import { startRabbitContainer } from './rabbitmq-container.mjs';
import { makeRabbitNode, startEpmd } from './rabbitmq-node.mjs';
import { rememberedPorts } from './server-ports.mjs';
import { endLeftovers, stopServerProcess } from './server-process.mjs';

const ADDRESS = '127.0.0.1';

/**
 * A private broker, reachable from this machine alone.
 * @typedef {object} RabbitBroker
 * @property {string} version
 * @property {import('./find-rabbitmq.mjs').QueueType} queueType
 * @property {string} description for a person
 * @property {number} amqpPort
 * @property {number} managementPort
 */

/** @typedef {RabbitBroker & import('./rabbitmq-node.mjs').RabbitNode} Rabbit */

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
  assertNoSpace(found.sbin + home);
  await endLeftovers(home);
  const ports = await rememberedPorts(home, ['amqp', 'management', 'distribution', 'epmd'], preferred);
  const { amqp, management } = /** @type {{ amqp: number, management: number }} */ (ports);
  const place = { node: 'waybill@localhost', client: ADDRESS, peer: ADDRESS, ports };
  const node = makeRabbitNode({ home, logs, found, place });
  /** @type {import('./server-process.mjs').ServerProcess} */
  let epmd;
  const start = async () => {
    if (!epmd?.isRunning())
      epmd = await startEpmd({ home, logs, found, port: Number(ports.epmd), addresses: [ADDRESS] });
    await node.start();
  };
  const stop = async () => {
    await node.stop();
    if (epmd) await stopServerProcess(epmd, 'SIGTERM', 2_000);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...node,
    version: found.version,
    queueType: found.queueType,
    description: `RabbitMQ ${found.version}, ${found.kind === 'unpacked' ? 'unpacked from Debian' : `installed in ${found.sbin}`}`,
    amqpPort: amqp,
    managementPort: management,
    start,
    stop,
  };
}

/** RabbitMQ's start scripts do not quote their own path. @param {string} paths */
export function assertNoSpace(paths) {
  if (/\s/.test(paths))
    throw new Error(`RabbitMQ cannot run from a path with a space in it: move the clone away from ${paths}`);
}
