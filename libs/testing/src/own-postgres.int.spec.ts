import { Client } from 'pg';
import { eventually } from './eventually';
import { type OwnPostgres, type OwnPostgresOptions, startOwnPostgres } from './own-postgres';
import { whyImpossible } from './possible-faults';

let server: OwnPostgres;
const start = (options?: OwnPostgresOptions) => async () => {
  server = await startOwnPostgres(options);
};

async function query(sql: string) {
  const client = new Client(server.url);
  await client.connect();
  client.on('error', () => {
    // What it is told when the server ends; the query that this meets rejects.
  });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a Postgres of its own', () => {
  beforeAll(start({ settings: { max_connections: 17, autovacuum: 'off' } }));
  afterAll(() => server.end());

  it('has the settings that it was given', async () => {
    expect(await query('show max_connections')).toEqual([{ max_connections: '17' }]);
  });

  it.each<[string, () => Promise<void>]>([
    ['was killed and started', async () => server.kill().then(() => server.start())],
    ['was stopped and started', async () => server.stop().then(() => server.start())],
    ['was restarted without a clean stop', async () => server.restartImmediate()],
  ])('keeps its committed rows and its url when it %s', async (how, act) => {
    const before = await server.pids();
    await query(`create table "${how}" (id int); insert into "${how}" values (1)`);

    await act();

    expect(await query(`select id from "${how}"`)).toEqual([{ id: 1 }]);
    expect((await server.pids()).filter((pid) => before.includes(pid))).toEqual([]);
  });

  it('drops sessions when it is restarted without a clean stop, and loses what they had not committed', async () => {
    await query('create table half (id int)');
    const client = new Client(server.url);
    await client.connect();
    const told = new Promise<Error>((resolve) => client.once('error', resolve));
    await client.query('begin; insert into half values (1)');

    await server.restartImmediate();

    expect((await told).message).toContain('Connection terminated');
    expect(await query('select id from half')).toEqual([]);
  });

  it('answers nothing while it is suspended, neither old nor new connections, and goes on after that', async () => {
    const client = new Client(server.url);
    await client.connect();
    await server.suspend();
    const late = new Client({ connectionString: server.url, connectionTimeoutMillis: 500 });
    let isAnswered = false;
    const answer = client.query('select 1 as one').finally(() => {
      isAnswered = true;
    });

    await expect(late.connect()).rejects.toThrow('timeout');
    expect(isAnswered).toBe(false);
    await server.resume();

    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('counts a process for every session', async () => {
    const idle = await server.pids();
    const clients = [new Client(server.url), new Client(server.url)];
    for (const client of clients) await client.connect();

    expect(await server.pids()).toHaveLength(idle.length + 2);
    for (const client of clients) await client.end();
    await eventually('its sessions are gone', async () => expect(await server.pids()).toEqual(idle));
  });

  it('says what it would have to be started with for the other faults', async () => {
    await expect(server.fillDisk()).rejects.toThrow('start it with diskSize, such as 96MB');
    await expect(server.slowFsync(100)).rejects.toThrow('without durable: true');
  });
});

const noDisk = whyImpossible('full-disk');
(noDisk ? describe.skip : describe)(`a Postgres with a disk of its own${noDisk ? `: ${noDisk}` : ''}`, () => {
  const insert = `insert into filling select repeat('x', 1000) from generate_series(1, 2000)`;

  beforeAll(start({ diskSize: '96MB' }));
  afterAll(() => server.end());

  it('refuses what needs room while the disk is full, and only then', async () => {
    await query('create table filling (line text)');
    await query(insert);
    await server.fillDisk();

    await expect(query(insert)).rejects.toMatchObject({
      code: '53100',
      message: expect.stringContaining('No space left'),
    });
    expect(await query('select count(*)::int as rows from filling')).toEqual([{ rows: 2000 }]);

    await server.freeDisk();
    await query(insert);
    expect(await query('select count(*)::int as rows from filling')).toEqual([{ rows: 4000 }]);
  });

  it('keeps its rows when it is killed, and comes back', async () => {
    await query('create table kept (id int); insert into kept values (1)');
    await server.kill();
    await server.start();
    expect(await query('select id from kept')).toEqual([{ id: 1 }]);
  });

  it('ends when its log finds no room, loses nothing that was committed, and starts again with some', async () => {
    await server.fillDisk();
    const log = async () => query(`select pg_logical_emit_message(true, 'spec', repeat('x', 1000000))`);
    const logMuch = async () => {
      for (let megabytes = 0; megabytes < 20; megabytes++) await log();
    };

    await expect(logMuch()).rejects.toThrow();
    await eventually('the server has ended', async () => expect(await server.pids()).toEqual([]));
    await expect(server.start()).rejects.toThrow(/No space left on device/);

    await server.freeDisk();
    await server.start();

    expect(await query('select count(*)::int as rows from filling')).toEqual([{ rows: 4000 }]);
  });

  it('refuses a size that it does not understand', async () => {
    await expect(startOwnPostgres({ diskSize: '1e3MB' as '1MB' })).rejects.toThrow('such as 96MB, not 1e3MB');
  });
});

const noSlowness = whyImpossible('slow-fsync');
(noSlowness ? describe.skip : describe)(`a Postgres with a slow disk${noSlowness ? `: ${noSlowness}` : ''}`, () => {
  const milliseconds = 400;
  let client: Client;

  beforeAll(start({ durable: true }));
  beforeAll(async () => {
    client = new Client(server.url);
    await client.connect();
    await client.query('create table slow (id int)');
  });
  afterAll(async () => {
    await client.end();
    await server.end();
  });

  async function commit(by = client): Promise<number> {
    const before = performance.now();
    await by.query('insert into slow values (1)');
    return performance.now() - before;
  }

  it('takes the delay longer for each commit, also of sessions that begin later, until it is taken back', async () => {
    expect(await commit()).toBeLessThan(milliseconds);
    await server.slowFsync(milliseconds);
    expect(await commit()).toBeGreaterThanOrEqual(milliseconds);
    expect(await commit()).toBeGreaterThanOrEqual(milliseconds);
    const later = new Client(server.url);
    await later.connect();
    expect(await commit(later)).toBeGreaterThanOrEqual(milliseconds);
    await later.end();

    await server.restoreFsync();
    expect(await commit()).toBeLessThan(milliseconds);
  });

  it('is as quick as ever after it was killed', async () => {
    await server.slowFsync(milliseconds);
    await expect(server.suspend()).rejects.toThrow('call restoreFsync first');
    await client.end();
    await server.kill();
    await server.start();
    client = new Client(server.url);
    await client.connect();
    expect(await commit()).toBeLessThan(milliseconds);
  });
});
