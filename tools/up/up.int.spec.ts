import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const repository = join(__dirname, '../..');

/** A service that takes its time to stop, and says so. */
const service = `
  const server = require('node:http').createServer((request, response) => response.end(process.env.NAME + process.pid));
  server.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => setImmediate(() => { console.log('stopped cleanly'); process.exit(0); }));`;

/** The commands in a small clone of their own, with the servers of this run named in its .env, so that none are started. */
describe('npm run up, down and plug', () => {
  const clone = join(repository, '.waybill', `spec-up-${process.pid}`);
  const workspace = join(clone, '.waybill');
  const ports: Record<string, number> = {};

  beforeAll(async () => {
    mkdirSync(clone, { recursive: true });
    cpSync(join(repository, 'tools'), join(clone, 'tools'), { recursive: true });
    for (const [app, source] of Object.entries({
      order: service,
      payment: service,
      provision: 'console.log("done")',
    })) {
      mkdirSync(join(clone, 'apps', app, 'src'), { recursive: true });
      writeFileSync(join(clone, 'apps', app, 'src', 'main.ts'), source);
      ports[app] = await freePort();
    }
    const build = `node -e "for (const app of fs.readdirSync('apps')) fs.cpSync('apps/' + app + '/src/main.ts', 'dist/apps/' + app + '/src/main.js')"`;
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ name: 'small', version: '1.0.0', scripts: { build } }));
    writeFileSync(
      join(clone, 'package-lock.json'),
      JSON.stringify({
        name: 'small',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: { '': { name: 'small', version: '1.0.0' } },
      }),
    );
    const settings = {
      POSTGRES_ADMIN_URL: process.env.WAYBILL_TEST_POSTGRES_URL,
      RABBITMQ_ADMIN_URL: process.env.WAYBILL_TEST_RABBITMQ_URL,
      RABBITMQ_MANAGEMENT_URL: process.env.WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL,
      ORDER_PORT: ports.order,
      ORDER_NAME: 'order-',
      PAYMENT_PORT: ports.payment,
      PAYMENT_NAME: 'payment-',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    writeFileSync(join(clone, '.env'), `${lines.join('\n')}\n`);
  });

  afterEach(() => {
    run('down');
  });

  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  const command = (name: string, args: string[]) => [join(clone, 'tools', `${name}.mjs`), ...args];

  function run(name: string, ...args: string[]) {
    const { status, stdout } = spawnSync(process.execPath, command(name, args), { cwd: clone, encoding: 'utf8' });
    return { status, stdout };
  }

  async function answer(app: string): Promise<string | undefined> {
    try {
      return await (await fetch(`http://127.0.0.1:${ports[app]}/`)).text();
    } catch {
      return undefined;
    }
  }

  const pidOf = async (app: string) => Number((await answer(app))?.split('-')[1]);

  /** In the foreground, once it says that all is up. */
  async function startInForeground(): Promise<ChildProcess> {
    const child = spawn(process.execPath, command('up', []), { cwd: clone, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      output += chunk;
      if (output.includes('Waybill is up')) break;
    }
    child.stdout.resume();
    return child;
  }

  it('installs, builds and starts, returns when all is ready, says so when asked again, and stops it all', async () => {
    const first = run('up', '--detach');
    expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining('packages installed') });
    expect(first.stdout).toContain('services built');
    expect(await answer('order')).toMatch(/^order-\d+$/);
    expect(await answer('payment')).toMatch(/^payment-\d+$/);
    const pid = await pidOf('order');

    expect(run('up', '--detach')).toMatchObject({ status: 0, stdout: expect.stringContaining('up already') });
    expect(await pidOf('order')).toBe(pid);

    expect(run('down')).toMatchObject({
      status: 0,
      stdout: 'stopping the services, the broker and the database\neverything is stopped\n',
    });
    expect(await answer('order')).toBeUndefined();
    expect(await answer('payment')).toBeUndefined();
    expect(readFileSync(join(workspace, 'logs', 'order.log'), 'utf8')).toContain('stopped cleanly');
    expect(readdirSync(join(workspace, 'servers'))).toEqual([]);

    const second = run('up', '--detach');
    expect(second.stdout).toContain('services are built already');
    expect(second.stdout).not.toContain('packages installed');
    expect(run('down', '--wipe').stdout).toContain('the data removed');
    expect(existsSync(join(workspace, 'servers'))).toBe(false);
  });

  it('starts a service that was killed again, and leaves one away that was unplugged', async () => {
    run('up', '--detach');
    const killed = await pidOf('order');
    process.kill(killed, 'SIGKILL');
    await until(async () => ![killed, Number.NaN].includes(await pidOf('order')));

    expect(run('plug', 'pull', 'payment')).toEqual({ status: 0, stdout: 'payment is pulled\n' });
    expect(await answer('payment')).toBeUndefined();
    expect(run('plug').stdout).toMatch(/payment +pulled/);
    expect(run('plug', 'in', 'payment')).toEqual({ status: 0, stdout: 'payment is running\n' });
    expect(await answer('payment')).toMatch(/^payment-/);
    expect(run('plug', 'pull', 'broker')).toMatchObject({ status: 2 }); // it is not ours
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('in the foreground ends everything when it gets a %s', async (signal) => {
    const child = await startInForeground();
    const supervisor = JSON.parse(readFileSync(join(workspace, 'state.json'), 'utf8')).supervisor.pid;
    child.kill(signal);
    await once(child, 'exit');
    if (signal === 'SIGINT') expect(child.exitCode).toBe(0);
    await until(async () => !isRunning(supervisor));
    expect([await answer('order'), await answer('payment')]).toEqual([undefined, undefined]);
    expect(readFileSync(join(workspace, 'logs', 'payment.log'), 'utf8')).toContain('stopped cleanly');
  });

  it('ends what a supervisor that was killed has left', async () => {
    run('up', '--detach');
    process.kill(JSON.parse(readFileSync(join(workspace, 'state.json'), 'utf8')).supervisor.pid, 'SIGKILL');
    expect(run('down').stdout).toContain('what a killed run had left is ended');
    expect([await answer('order'), await answer('payment')]).toEqual([undefined, undefined]);
  });

  it('names a port that is taken, and the variable to set, and leaves what has it alone', async () => {
    const other = createServer((_, response) => response.end('somebody else')).listen(ports.payment, '127.0.0.1');
    await once(other, 'listening');
    const { status, stdout } = run('up', '--detach');
    expect(status).toBe(1);
    expect(stdout).toContain(`port ${ports.payment} of the payment service is taken`);
    expect(stdout).toContain('PAYMENT_PORT');
    expect(await answer('payment')).toBe('somebody else');
    await close(other);
  });

  it('shows why a service does not come up, and ends the others', async () => {
    const main = join(clone, 'apps', 'payment', 'src', 'main.ts');
    writeFileSync(main, 'console.error("cannot come up"); process.exit(1)');
    const { status, stdout } = run('up', '--detach');
    writeFileSync(main, service);
    expect(status).toBe(1);
    expect(stdout).toMatch(/payment has not come up[\s\S]*cannot come up/);
    expect(await answer('order')).toBeUndefined();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await close(server);
  return port;
}

const close = (server: Server) => new Promise((closed) => server.close(closed).closeAllConnections());

/** For what sends no signal to this process. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo()); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${isSo}`);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
