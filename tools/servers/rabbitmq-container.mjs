import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RABBIT_IMAGE } from './find-rabbitmq.mjs';
import { answersManagement, speaksAmqp } from './rabbitmq-readiness.mjs';
import { rememberedPorts } from './server-ports.mjs';

/** A file in the home of a broker that is a container. */
const MARK = 'container';

const READY_WITHIN = 120_000;

/**
 * A private broker in a container, for machines where only Docker has one. The container is kept between starts, with the data in its volume.
 * @param {object} options
 * @param {string} options.home names the container: one for each home
 * @param {string} options.admin user, and password
 * @param {{ amqp?: number, management?: number }} [options.ports] preferred ones for the first start
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<import('./rabbitmq.mjs').Rabbit>}
 */
export async function startRabbitContainer({ home, admin, ports: preferred, progress = () => {} }) {
  const name = containerName(home);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, MARK), name);
  const exists = (await docker('ps', '--all', '--quiet', '--filter', `name=^${name}$`)) !== '';
  const ports = exists ? await publishedPorts(name) : await rememberedPorts(home, ['amqp', 'management'], preferred);
  const { amqp, management } = /** @type {{ amqp: number, management: number }} */ (ports);
  if (!exists) {
    progress(`pulling ${RABBIT_IMAGE}, if it is not here yet`);
    const publish = [`127.0.0.1:${amqp}:5672`, `127.0.0.1:${management}:15672`].flatMap((ports) => [
      '--publish',
      ports,
    ]);
    const user = ['--env', `RABBITMQ_DEFAULT_USER=${admin}`, '--env', `RABBITMQ_DEFAULT_PASS=${admin}`];
    // the node's name, and with it the place of its data, comes from the host name
    await docker('create', '--name', name, '--hostname', 'waybill', ...publish, ...user, RABBIT_IMAGE);
  }
  /** @type {Promise<string>} */
  let exited = Promise.resolve('not started');
  const start = async () => {
    await docker('start', name);
    exited = waitForExit(name);
    for (
      const deadline = Date.now() + READY_WITHIN;
      !((await speaksAmqp(amqp)) && (await answersManagement(management, admin)));
    ) {
      if (Date.now() > deadline)
        throw new Error(`the container ${name} was not ready after ${READY_WITHIN / 1000} s: see docker logs ${name}`);
      await delay(100);
    }
  };
  await start();
  const version = await docker('exec', name, 'rabbitmqctl', 'version');
  return {
    version,
    queueType: 'quorum',
    description: `RabbitMQ ${version}, in the container ${name}`,
    amqpPort: amqp,
    managementPort: management,
    amqpUrl: `amqp://${admin}:${admin}@127.0.0.1:${amqp}`,
    managementUrl: `http://${admin}:${admin}@127.0.0.1:${management}`,
    pid: () => undefined,
    exited: () => exited,
    start,
    stop: async () => void (await docker('stop', '--time', '30', name)),
    kill: async () => {
      if ((await docker('inspect', '--format', '{{.State.Running}}', name)) === 'true') await docker('kill', name);
    },
    suspend: async () => void (await docker('pause', name)),
    resume: async () => void (await docker('unpause', name)),
    control: (...args) => docker('exec', name, 'rabbitmqctl', '--silent', ...args),
  };
}

/**
 * Stops the container of this home, if there is one.
 * @param {string} home
 * @param {{ remove: boolean }} options whether it goes, and its data with it
 */
export async function endRabbitContainer(home, { remove }) {
  if (!existsSync(join(home, MARK))) return;
  await docker(...(remove ? ['rm', '--force', '--volumes'] : ['stop']), containerName(home));
}

/** @param {string} home */
function containerName(home) {
  return `waybill-rabbitmq-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

/** @param {string} name */
async function publishedPorts(name) {
  /** @type {Record<string, { HostPort: string }[]>} */
  const bindings = JSON.parse(await docker('inspect', '--format', '{{json .HostConfig.PortBindings}}', name));
  return {
    amqp: Number(bindings['5672/tcp']?.[0]?.HostPort),
    management: Number(bindings['15672/tcp']?.[0]?.HostPort),
  };
}

/** @param {string} name @returns {Promise<string>} */
function waitForExit(name) {
  return new Promise((resolve) => {
    const wait = spawn('docker', ['wait', name], { stdio: ['ignore', 'pipe', 'ignore'] });
    let code = '';
    wait.stdout.on('data', (data) => {
      code += data;
    });
    wait.once('close', () => resolve(`exit code ${code.trim()}`));
  });
}

/** @param {string[]} args */
async function docker(...args) {
  return (await promisify(execFile)('docker', args)).stdout.trim();
}
