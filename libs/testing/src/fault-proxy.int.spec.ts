import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { eventually } from './eventually';
import { type FaultProxy, startFaultProxy } from './fault-proxy';
import { brokerConfirm, postgresCommit } from './fault-proxy-cut';
import { testPostgresUrl } from './postgres';
import { createVhost, type TestVhost } from './rabbitmq';
import { Recorder } from './recorder';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function proxyTo(url: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(url);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  ends.push(() => proxy.end());
  return proxy;
}

describe('in front of Postgres', () => {
  let direct: Client;
  beforeAll(async () => {
    direct = await client(testPostgresUrl());
    await direct.query('create table seen_by_proxy (name text not null)');
  });
  beforeEach(() => direct.query('truncate seen_by_proxy'));
  afterAll(async () => {
    await direct?.query('drop table seen_by_proxy');
    await direct?.end();
  });

  const rows = async () => (await direct.query('select name from seen_by_proxy')).rows;

  /** Which backends serve an application, as the server itself sees it. */
  const backends = async (name: string) =>
    (await direct.query('select state from pg_stat_activity where application_name = $1', [name])).rows;

  it('a COMMIT that arrives and whose answer is lost: the client sees an error, and the row is there', async () => {
    const proxy = await proxyTo(testPostgresUrl());
    const cut = proxy.cutAfter(postgresCommit, { towards: 'server', deliver: true });
    const through = await client(proxy.through(testPostgresUrl()));
    await through.query('begin');
    await through.query(`insert into seen_by_proxy values ('kept')`);

    await expect(through.query('COMMIT')).rejects.toThrow(/ECONNRESET|terminated unexpectedly/);

    expect(await cut.fired).toBe(true);
    await eventually('the row is there', async () => expect(await rows()).toEqual([{ name: 'kept' }]));
  });

  it('a COMMIT that does not arrive: the client sees the same error, and the row is not there', async () => {
    const proxy = await proxyTo(testPostgresUrl());
    const cut = proxy.cutAfter(postgresCommit, { towards: 'server', deliver: false });
    const through = await client(named('not-committed', proxy.through(testPostgresUrl())));
    await through.query('begin');
    await through.query(`insert into seen_by_proxy values ('lost')`);

    await expect(through.query('COMMIT')).rejects.toThrow(/ECONNRESET|terminated unexpectedly/);

    expect(await cut.fired).toBe(true);
    await eventually('its backend is gone', async () => expect(await backends('not-committed')).toEqual([]));
    expect(await rows()).toEqual([]);
  });

  it.each([true, false])('cuts the COMMIT of a TypeORM transaction (delivered: %s)', async (deliver) => {
    const proxy = await proxyTo(testPostgresUrl());
    const url = named(`typeorm-${deliver}`, proxy.through(testPostgresUrl()));
    const source = await new DataSource({ type: 'postgres', url, poolErrorHandler: () => {} }).initialize();
    ends.push(() => source.destroy());
    const cut = proxy.cutAfter(postgresCommit, { towards: 'server', deliver });

    const transaction = source.transaction((tx) => tx.query(`insert into seen_by_proxy values ('typeorm')`));

    await expect(transaction).rejects.toThrow(/ECONNRESET|terminated unexpectedly|not queryable/);
    expect(await cut.fired).toBe(true);
    await eventually('its backend is gone', async () => expect(await backends(`typeorm-${deliver}`)).toEqual([]));
    expect(await rows()).toEqual(deliver ? [{ name: 'typeorm' }] : []);
  });

  it('a black hole: the client waits, and its transaction is still open at the server when the client is long gone', async () => {
    const proxy = await proxyTo(testPostgresUrl());
    const through = await client(named('half-open', proxy.through(testPostgresUrl())));
    await through.query('begin');

    proxy.blackHole();
    const answer = through.query('select 1').then(String, ({ message }: Error) => message);
    const late = new Client({ connectionString: proxy.through(testPostgresUrl()), connectionTimeoutMillis: 300 });
    await expect(late.connect()).rejects.toThrow('timeout');
    through.connection.stream.destroy();
    expect(await answer).toMatch('terminated unexpectedly');
    expect(await backends('half-open')).toEqual([{ state: 'idle in transaction' }]);

    await proxy.heal();
    await eventually('its backend is gone', async () => expect(await backends('half-open')).toEqual([]));
  });

  it('one direction dropped: the statement arrives or it does not, and either way there is no answer', async () => {
    for (const side of ['Client', 'Server'] as const) {
      const proxy = await proxyTo(testPostgresUrl());
      const through = await client(proxy.through(testPostgresUrl()));
      proxy[`dropTowards${side}`]();
      const answer = through.query(`insert into seen_by_proxy values ('${side}')`);
      if (side === 'Client') await eventually('it is there', async () => expect(await rows()).toHaveLength(1));
      await eventually('something is lost', () => expect(proxy.broken).toBe(1));
      await proxy.heal();
      await expect(answer).rejects.toThrow(/ECONNRESET|terminated unexpectedly/);
    }
    expect(await rows()).toEqual([{ name: 'Client' }]);
  });

  it('reset, refused, slow, a byte at a time', async () => {
    const proxy = await proxyTo(testPostgresUrl());
    const url = proxy.through(testPostgresUrl());
    const through = await client(url);
    const answer = through.query('select pg_sleep(600)');
    proxy.reset();
    await expect(answer).rejects.toThrow(/ECONNRESET|terminated unexpectedly/);

    await proxy.refuse();
    await expect(client(url)).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();

    const slow = await client(url);
    proxy.delay(150);
    const start = performance.now();
    await slow.query('select 1');
    expect(performance.now() - start).toBeGreaterThanOrEqual(299);

    proxy.trickle();
    const { rows: long } = await slow.query(`select repeat('long ', 1000) as text`);
    expect(long).toEqual([{ text: 'long '.repeat(1000) }]);
  });
});

describe('in front of the broker', () => {
  let vhost: TestVhost;
  beforeAll(async () => {
    vhost = await createVhost();
    await (await vhost.channel()).assertQueue('letters', { durable: true });
  });
  afterAll(() => vhost?.drop());

  const bodies = async (count?: number) => (await vhost.take('letters', count)).map(({ content }) => String(content));

  /** Of the state of one publish: `undefined` until it is known. */
  const publish = (channel: ConfirmChannel, body: string) =>
    new Promise<string>((done) => {
      channel.sendToQueue('letters', Buffer.from(body), { persistent: true }, (error) =>
        done(error ? 'no confirm' : 'confirmed'),
      );
    });

  it('a confirm that does not arrive: the message is in the queue, and its publisher does not know', async () => {
    const proxy = await proxyTo(vhost.url());
    const { channel, closed } = await publisher(proxy);
    expect(await publish(channel, 'one')).toBe('confirmed');

    const cut = proxy.cutAfter(brokerConfirm, { towards: 'client', deliver: false });
    const outcome = publish(channel, 'two');

    expect(await cut.fired).toBe(true);
    expect(await outcome).toBe('no confirm');
    await closed;
    expect(await bodies(2)).toEqual(['one', 'two']);
  });

  it('a confirm that arrives before the cut: its publisher knows', async () => {
    const proxy = await proxyTo(vhost.url());
    const { channel, closed } = await publisher(proxy);

    const cut = proxy.cutAfter(brokerConfirm, { towards: 'client', deliver: true });
    const outcome = publish(channel, 'three');

    expect(await cut.fired).toBe(true);
    expect(await outcome).toBe('confirmed');
    await closed;
    expect(await bodies(1)).toEqual(['three']);
  });

  it('dropped towards the publisher: the message arrives; towards the broker: it does not; no confirm either way', async () => {
    for (const side of ['Client', 'Server'] as const) {
      const proxy = await proxyTo(vhost.url());
      const { channel, closed } = await publisher(proxy);
      proxy[`dropTowards${side}`]();
      const outcome = publish(channel, `towards ${side}`);
      if (side === 'Client') expect(await bodies(1)).toEqual(['towards Client']);
      await eventually('something is lost', () => expect(proxy.broken).toBe(1));
      await proxy.heal();
      await closed;
      expect(await outcome).toBe('no confirm');
    }
    expect(await bodies()).toEqual([]);
  });

  it('a byte at a time, or late: every message arrives in its order', async () => {
    const proxy = await proxyTo(vhost.url());
    const { channel, connection } = await publisher(proxy);
    const sent = Array.from({ length: 20 }, (_, i) => `letter ${i}`);
    proxy.trickle();
    const outcomes = sent.map((body) => publish(channel, body));
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['confirmed']));
    proxy.delay(100);
    const start = performance.now();
    expect(await publish(channel, 'late')).toBe('confirmed');
    expect(performance.now() - start).toBeGreaterThanOrEqual(199);
    await connection.close();

    expect(await bodies(21)).toEqual([...sent, 'late']);
  });

  it('a black hole: the heartbeat finds it', async () => {
    const proxy = await proxyTo(vhost.url());
    const { channel, errors, closed } = await publisher(proxy, 1);
    proxy.blackHole();
    const outcome = publish(channel, 'swallowed');

    await errors.until((message) => message.includes('Heartbeat timeout'));
    await closed;
    expect(await outcome).toBe('no confirm');
    expect(await bodies()).toEqual([]);
  });

  async function publisher(proxy: FaultProxy, heartbeat = 60) {
    const connection: ChannelModel = await connect(proxy.through(`${vhost.url()}?heartbeat=${heartbeat}`));
    const errors = new Recorder<string>();
    const closed = new Promise<void>((done) => connection.on('close', () => done()));
    connection.on('error', ({ message }: Error) => errors.record(message));
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {
      // The connection tells.
    });
    return { connection, channel, errors, closed };
  }
});

function named(application: string, url: string): string {
  const result = new URL(url);
  result.searchParams.set('application_name', application);
  return result.href;
}

async function client(url: string): Promise<Client & { connection: { stream: { destroy(): void } } }> {
  const result = new Client({ connectionString: url });
  result.on('error', () => {
    // What was asked of it rejects with it.
  });
  await result.connect();
  return result as Client & { connection: { stream: { destroy(): void } } };
}
