import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';

const workspace = join(__dirname, '../../.waybill');

function startHost(home: string) {
  const child = spawn(process.execPath, [join(__dirname, 'server-host.mjs'), home], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object) => {
    child.stdin.write(`${JSON.stringify({ id: 1, ...request })}\n`);
    for (;;) {
      const { value } = await answers.next();
      const answer = JSON.parse(value);
      if (answer.error) throw new Error(answer.error);
      if ('result' in answer) return answer.result;
    }
  };
  return { child, ask };
}

/** Asks for its standing of every process, because those asked about are no children of this one. */
function running(pids: number[]): number[] {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

async function query(url: string, sql: string) {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('private servers', () => {
  const home = join(workspace, `spec-host-${process.pid}`);
  let host: ReturnType<typeof startHost>;
  let postgres: { url: string; pid: number };
  let rabbit: { amqpUrl: string; managementUrl: string; pid: number };

  beforeAll(async () => {
    host = startHost(home);
    postgres = await host.ask({ name: 'database', do: 'start', kind: 'postgres' });
    rabbit = await host.ask({ name: 'broker', do: 'start', kind: 'rabbitmq', version: '4.3' });
  }, 120_000);

  afterAll(() => end(host.child));

  it('are what they are said to be', async () => {
    expect(running([postgres.pid, rabbit.pid])).toHaveLength(2);
    expect(await host.ask({ name: 'broker', do: 'control', args: ['version'] })).toMatch(/^4\.[3-9]/);
  });

  it('keep committed rows when Postgres is killed and started again', async () => {
    await query(postgres.url, 'create table kept (id int); insert into kept values (1)');
    await host.ask({ name: 'database', do: 'kill' });
    await expect(query(postgres.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    await host.ask({ name: 'database', do: 'start' });
    expect(await query(postgres.url, 'select id from kept')).toEqual([{ id: 1 }]);
  });

  it('keep Postgres silent while it is suspended, and its connections', async () => {
    const client = new Client(postgres.url);
    await client.connect();
    await host.ask({ name: 'database', do: 'suspend' });
    let isAnswered = false;
    const answer = client.query('select 1').then(() => {
      isAnswered = true;
    });
    // a round trip of another process, far longer than the query would take
    await host.ask({ name: 'broker', do: 'control', args: ['version'] });
    expect(isAnswered).toBe(false);
    await host.ask({ name: 'database', do: 'resume' });
    await answer;
    await client.end();
  });

  it('keep their definitions and ports when RabbitMQ is killed, and when it is stopped, and started again', async () => {
    await host.ask({ name: 'broker', do: 'control', args: ['add_vhost', 'kept'] });
    for (const action of ['kill', 'stop']) {
      await host.ask({ name: 'broker', do: action });
      await expect(fetch(new URL('/', rabbit.managementUrl.replace(/\/\/.*@/, '//')))).rejects.toThrow();
      await host.ask({ name: 'broker', do: 'start' });
      expect(await host.ask({ name: 'broker', do: 'control', args: ['list_vhosts'] })).toContain('kept');
    }
  }, 60_000);

  it('do not start where another program has their port meanwhile, though that one answers', async () => {
    await host.ask({ name: 'database', do: 'kill' });
    const squatter = createServer().listen(Number(new URL(postgres.url).port), '127.0.0.1');
    await once(squatter, 'listening');
    await expect(host.ask({ name: 'database', do: 'start' })).rejects.toThrow(
      /port \d+ of Postgres was taken by another program meanwhile/,
    );
    squatter.close();
    await once(squatter, 'close');
    await host.ask({ name: 'database', do: 'start' });
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it('are gone, and their files, when whoever asked for them closes the line', async () => {
    const other = startHost(`${home}-other`);
    const { pid } = await other.ask({ name: 'database', do: 'start', kind: 'postgres' });
    expect(running([pid])).toEqual([pid]);
    await end(other.child);
    expect(running([pid])).toEqual([]);
    expect(existsSync(`${home}-other`)).toBe(false);
  });
});

describe('the servers of a test run', () => {
  it('end when the run is killed with SIGKILL', async () => {
    const script = `
      import start from ${JSON.stringify(join(__dirname, '../test-servers.mjs'))};
      await start();
      console.log(JSON.stringify(process.env));
      setInterval(() => {}, 1e6);`;
    const { WAYBILL_TEST_POSTGRES_URL: _, ...env } = process.env; // the broker of this run serves that one, too
    const run = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { value } = await createInterface({ input: run.stdout })[Symbol.asyncIterator]().next();
    const url = JSON.parse(value).WAYBILL_TEST_POSTGRES_URL;
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    run.kill('SIGKILL');
    // its stderr is shared with the host of the servers, so that it closes when that has ended, too
    await once(run.stderr.resume(), 'close');
    await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(join(workspace, `test-${run.pid}`))).toBe(false);
  }, 60_000);
});

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, 'exit');
}
