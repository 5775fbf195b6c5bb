import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { services } from '@waybill/contracts';
import { parseEnvironment } from '@waybill/service';
import { provisionEnvironment } from '../apps/provision/src/environment';
import { serviceDatabases } from '../apps/provision/src/services';
import nest from '../nest-cli.json';
import { type ComposeService, composeVariables, containerEnvironment, readComposeFile } from './compose-file';
import { serviceEnvironments as environments } from './service-environments';

const schemas = { ...environments, provision: provisionEnvironment };
const ours = Object.keys(schemas) as (keyof typeof schemas)[];

/** NODE_ENV is the image's, and CRASH_AT refused with it; after SHUTDOWN_GRACE comes `stop_grace_period`, which no variable of a service can move. */
const notInCompose = ['NODE_ENV', 'CRASH_AT', 'SHUTDOWN_GRACE'];

const file = readComposeFile();

describe('the services', () => {
  test('are those of the contracts, beside the provision job and the two servers', () => {
    expect(Object.keys(file.services).sort()).toEqual([...services, 'postgres', 'provision', 'rabbitmq'].sort());
  });

  test.each(ours)('%s gets the variables that it reads, all of them and no other', (name) => {
    const read = Object.keys(schemas[name].shape).filter((variable) => !notInCompose.includes(variable));

    expect(Object.keys(container(name).environment ?? {}).sort()).toEqual(read.sort());
  });

  test.each(ours)('%s takes the values that it gets', (name) => {
    expect(() => parseEnvironment(schemas[name], environmentOf(name))).not.toThrow();
  });

  test.each(ours)('%s gets what .env says for all services', (name) => {
    const settings = {
      DATABASE_POOL_SIZE: '7',
      HANDLER_DEADLINE: '7s',
      IDEMPOTENCY_KEY_TTL: '7h',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
      MAX_ATTEMPTS: '7',
      OVERDUE_AFTER: '7m',
      RABBITMQ_QUEUE_TYPE: 'classic',
      RETENTION: '7d',
      RETRY_BASE: '7ms',
    };
    const wanted = Object.entries(settings).filter(([variable]) => variable in schemas[name].shape);

    expect(environmentOf(name, settings)).toMatchObject(Object.fromEntries(wanted));
    expect(environmentOf(name, settings)).toEqual({ ...environmentOf(name), ...Object.fromEntries(wanted) });
  });

  test.each(ours)('%s runs what the build makes of it', (name) => {
    const { sourceRoot, entryFile } = nest.projects[name];

    expect(container(name).command).toEqual(['node', '--enable-source-maps', `dist/${sourceRoot}/${entryFile}.js`]);
  });

  test('the order service asks its peers where they listen', () => {
    for (const peer of services.filter((name) => name !== 'order')) {
      expect(environmentOf('order')[`${peer.toUpperCase()}_URL`]).toBe(`http://${peer}:${environmentOf(peer).PORT}`);
    }
  });

  test.each(services)('%s waits for the servers and for the provision job', (name) => {
    expect(container(name).depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      rabbitmq: { condition: 'service_healthy' },
      provision: { condition: 'service_completed_successfully' },
    });
  });

  test.each(services)('%s is given longer to stop than it takes at most', (name) => {
    const { SHUTDOWN_GRACE } = parseEnvironment(environments[name], environmentOf(name));

    expect(seconds(container(name).stop_grace_period)).toBeGreaterThan(SHUTDOWN_GRACE / 1000);
  });

  test.each(services)('%s starts again when it ends by itself', (name) => {
    expect(container(name).restart).toBe('unless-stopped');
  });

  test.each(ours)('%s may write nowhere but to /tmp, and become nobody else', (name) => {
    expect(container(name)).toMatchObject({
      init: true,
      read_only: true,
      tmpfs: '/tmp',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('all run from one image, which is built and never pulled', () => {
    expect(ours.map((name) => container(name).image)).toEqual(ours.map(() => 'waybill'));
    expect(ours.filter((name) => container(name).build)).toEqual(['provision']);
  });
});

describe('the health check of a service', () => {
  test.each(services)('of %s: healthy, unhealthy and unreachable are told apart', async (name) => {
    const asked: (string | undefined)[] = [];
    let status = 200;
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    expect(await runHealthCheck(name, port)).toBe(0);
    status = 503;
    expect(await runHealthCheck(name, port)).toBe(1);
    server.close();
    await once(server, 'close');
    expect(await runHealthCheck(name, port)).toBe(1);
    expect(asked).toEqual(['/health/ready', '/health/ready']);
  });
});

describe('ports', () => {
  test('are published to this machine alone', () => {
    const published = Object.values(file.services).flatMap(({ ports = [] }) => ports);

    expect(published).toHaveLength(services.length + 1);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test.each(services)('%s is at its own default port, or where .env says', (name) => {
    const { PORT } = parseEnvironment(environments[name], { ...environmentOf(name), PORT: undefined });
    const moved = readComposeFile({ [`${name.toUpperCase()}_PORT`]: '4444' });

    expect(environmentOf(name)).toMatchObject({ PORT: String(PORT), HOST: '0.0.0.0' });
    expect(container(name).ports).toEqual([`127.0.0.1:${PORT}:${PORT}`]);
    expect(moved.services[name]?.ports).toEqual([`127.0.0.1:4444:${PORT}`]);
  });

  test("RabbitMQ's management is at its usual port, or where .env says", () => {
    const moved = readComposeFile({ RABBITMQ_MANAGEMENT_PORT: '4444' });

    expect(container('rabbitmq').ports).toEqual(['127.0.0.1:15672:15672']);
    expect(moved.services.rabbitmq?.ports).toEqual(['127.0.0.1:4444:15672']);
  });
});

describe('users and roles', () => {
  const passwords = [...composeVariables().keys()].filter((name) => name.endsWith('_PASSWORD'));
  const secrets = Object.fromEntries(passwords.map((name) => [name, `secret-${name}`]));
  const secured = readComposeFile(secrets);

  test.each(services)('%s logs in as itself alone', (name) => {
    const { DATABASE_URL, RABBITMQ_URL } = containerEnvironment(container(name, secured));
    const prefix = name.toUpperCase();

    expect(DATABASE_URL).toBe(
      `postgres://${serviceDatabases[name].schema}:secret-${prefix}_DATABASE_PASSWORD@postgres:5432/waybill`,
    );
    expect(RABBITMQ_URL).toBe(`amqp://${name}:secret-${prefix}_RABBITMQ_PASSWORD@rabbitmq:5672/waybill`);
  });

  test.each(services)('%s is told no password but its own two', (name) => {
    const told = passwords.filter((secret) => JSON.stringify(container(name, secured)).includes(`secret-${secret}`));

    expect(told).toEqual([`${name.toUpperCase()}_DATABASE_PASSWORD`, `${name.toUpperCase()}_RABBITMQ_PASSWORD`]);
  });

  test('the provision job sets up what the services log in with', () => {
    const provision = containerEnvironment(container('provision', secured));

    for (const name of services) {
      const service = containerEnvironment(container(name, secured));
      expect(provision[`${name.toUpperCase()}_DATABASE_URL`]).toBe(service.DATABASE_URL);
      expect(provision[`${name.toUpperCase()}_RABBITMQ_URL`]).toBe(service.RABBITMQ_URL);
    }
  });

  test('the provision job logs in as the administrators that the servers create', () => {
    const provision = containerEnvironment(container('provision', secured));
    const postgres = containerEnvironment(container('postgres', secured));
    const rabbitmq = containerEnvironment(container('rabbitmq', secured));

    expect(provision.POSTGRES_ADMIN_URL).toBe(
      `postgres://postgres:${postgres.POSTGRES_PASSWORD}@postgres:5432/${postgres.POSTGRES_DB}`,
    );
    expect(provision.RABBITMQ_MANAGEMENT_URL).toBe(
      `http://${rabbitmq.RABBITMQ_DEFAULT_USER}:${rabbitmq.RABBITMQ_DEFAULT_PASS}@rabbitmq:15672`,
    );
    expect(provision.POSTGRES_ADMIN_URL).toContain('secret-POSTGRES_PASSWORD');
    expect(provision.RABBITMQ_MANAGEMENT_URL).toContain('secret-RABBITMQ_PASSWORD');
  });

  test('every password has a variable of its own', () => {
    const urls = ours.flatMap((name) => Object.values(containerEnvironment(container(name, secured))));
    const used = urls.flatMap((value) => /:\/\/[^:/]+:([^@]+)@/.exec(value)?.[1] ?? []);

    expect([...new Set(used)].sort()).toEqual(Object.values(secrets).sort());
  });
});

describe('the servers', () => {
  test('keep their data in volumes, where their images want them', () => {
    expect(container('postgres')).toMatchObject({ image: 'postgres:18', volumes: ['postgres:/var/lib/postgresql'] });
    expect(container('rabbitmq')).toMatchObject({
      image: 'rabbitmq:4.3-management',
      volumes: ['rabbitmq:/var/lib/rabbitmq'],
      hostname: 'rabbitmq',
    });
    expect(Object.keys(file.volumes)).toEqual(['postgres', 'rabbitmq']);
  });

  test.each(['postgres', 'rabbitmq'])('%s starts again when it ends by itself, and says how it is', (name) => {
    expect(container(name)).toMatchObject({
      restart: 'unless-stopped',
      security_opt: ['no-new-privileges:true'],
      healthcheck: { test: expect.arrayContaining(['CMD']) },
    });
  });
});

function container(name: string, { services: containers } = file): ComposeService {
  const found = containers[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

function environmentOf(name: string, settings: Record<string, string> = {}): Record<string, string> {
  return containerEnvironment(container(name, readComposeFile(settings)), settings);
}

function seconds(duration = ''): number {
  const [, amount] = /^(\d+)s$/.exec(duration) ?? [];
  return Number(amount);
}

/** Runs the container's own check, in this machine's Node. */
async function runHealthCheck(name: string, port: number): Promise<unknown> {
  const [how, command, ...args] = container(name).healthcheck?.test ?? [];
  expect([how, command]).toEqual(['CMD', 'node']);
  const check = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'inherit' });
  const [code] = await once(check, 'exit');
  return code;
}
