import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { eventually } from './eventually';
import { echo, FaultProxyPeers } from './fault-proxy-peers';
import { freePorts } from './free-ports';
import { Recorder } from './recorder';

const peers = new FaultProxyPeers();
afterEach(() => peers.end());

describe('without a fault', () => {
  it('passes every byte in its order, both ways at once, also to a receiver that reads late', async () => {
    const proxy = await peers.proxyTo(await peers.listen(echo));
    const sent = randomBytes(20 * 1024 * 1024);
    const socket = connect({ host: proxy.host, port: proxy.port });
    socket.end(sent);
    await eventually('the sender has to wait', () => expect(socket.writableLength).toBeGreaterThan(0));

    expect((await buffer(socket)).equals(sent)).toBe(true);
  });

  it('passes the end of one direction, and the other goes on', async () => {
    const address = await peers.listen((socket) => {
      socket.resume().on('end', () => socket.end('after the end'));
    });
    const client = await peers.dial(await peers.proxyTo(address));

    client.socket.end();

    await client.events.until((event) => event === 'end');
    expect(client.text()).toBe('after the end');
  });

  it('passes a reset, from either side', async () => {
    const accepted = new Recorder<Socket>();
    const server = new Recorder<string>();
    const address = await peers.listen((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => server.record(error.code ?? '')).resume();
      accepted.record(socket);
    });
    const proxy = await peers.proxyTo(address);
    const [one, other] = [await peers.dial(proxy), await peers.dial(proxy)];

    const [first] = await accepted.first(2);
    first?.resetAndDestroy();
    await Promise.race([one, other].map(({ events }) => events.until((event) => event === 'ECONNRESET')));
    for (const { socket } of [one, other]) if (!socket.destroyed) socket.resetAndDestroy();

    await server.until((code) => code === 'ECONNRESET');
    await eventually('nothing is left', () => expect(proxy.connections).toBe(0));
  });

  it('goes to the first target that accepts, and resets where none does', async () => {
    const [nobody] = await freePorts(1);
    const gone = { host: '127.0.0.1', port: Number(nobody) };
    const named = (name: string) => peers.listen((socket) => socket.write(name));
    const client = await peers.dial(await peers.proxyTo(gone, await named('second'), await named('third')));
    await client.events.until((event) => event === 'data');
    expect(client.text()).toBe('second');

    const unlucky = await peers.dial(await peers.proxyTo(gone));
    await unlucky.events.until((event) => event === 'ECONNRESET');
  });
});

describe('a fault', () => {
  it('black hole: swallows both directions and the end, answers nobody, and resets what has lost bytes when healed', async () => {
    const { address, received } = await peers.recorder();
    const proxy = await peers.proxyTo(address);
    const [talking, silent, leaving] = [await peers.dial(proxy), await peers.dial(proxy), await peers.dial(proxy)];
    for (const client of [talking, silent, leaving]) client.socket.write('before');
    await eventually('all are through', () => expect(received.values.join('')).toBe('before'.repeat(3)));

    proxy.blackHole();
    talking.socket.write('swallowed');
    leaving.socket.end();
    const late = await peers.dial(proxy);
    late.socket.write('unanswered');
    await eventually('all but the silent one have lost something', () => expect(proxy.broken).toBe(3));
    expect(proxy.connections).toBe(4);
    expect([talking, silent, leaving, late].flatMap(({ events }) => events.values)).toEqual([]);

    await proxy.heal();
    await Promise.all([talking, leaving, late].map(({ events }) => events.until((event) => event === 'ECONNRESET')));
    silent.socket.write('after');
    await received.until((text) => text === 'after');
    expect(received.values.join('')).not.toMatch(/swallowed|unanswered|end/);
    expect(silent.events.values).toEqual([]);
  });

  it('dropped towards the client: what it sends still arrives', async () => {
    const heard = new Recorder<number>();
    const proxy = await peers.proxyTo(
      await peers.listen((socket) => echo(socket).on('data', ({ length }) => heard.record(length))),
    );
    const client = await peers.dial(proxy);
    await client.ask('before');

    proxy.dropTowardsClient();
    for (const question of ['1', '12', '123']) {
      client.socket.write(question);
      await heard.until((length) => length === question.length);
    }
    await eventually('an answer is lost', () => expect(proxy.broken).toBe(1));
    expect(client.text()).toBe('before');

    await proxy.heal();
    await client.events.until((event) => event === 'ECONNRESET');
    expect(client.text()).toBe('before');
  });

  it('dropped towards the server: what it sends still arrives, and it hears of no new connection', async () => {
    const accepted = new Recorder<Socket>();
    const proxy = await peers.proxyTo(await peers.listen((socket) => accepted.record(socket.resume())));
    const client = await peers.dial(proxy);
    const [server] = await accepted.first(1);

    proxy.dropTowardsServer();
    client.socket.write('lost');
    const late = await peers.dial(proxy);
    await eventually('both have lost something', () => expect(proxy.broken).toBe(2));
    server?.write('heard');
    await client.events.until((event) => event === 'data');
    expect(client.text()).toBe('heard');

    await proxy.heal();
    await Promise.all([client, late].map(({ events }) => events.until((event) => event === 'ECONNRESET')));
    expect(server?.bytesRead).toBe(0);
    expect(accepted.values).toHaveLength(1);
  });

  it('reset: what is open gets it, at both sides, and nothing else', async () => {
    const { address, received } = await peers.recorder();
    const proxy = await peers.proxyTo(address);
    const client = await peers.dial(proxy);
    client.socket.write('1');
    await received.until((text) => text === '1');

    proxy.reset();

    await client.events.until((event) => event === 'ECONNRESET');
    await received.until((event) => event === 'ECONNRESET');
    (await peers.dial(proxy)).socket.write('2');
    await received.until((text) => text === '2');
  });

  it('refuse: resets what is open and refuses what comes, until healed', async () => {
    const proxy = await peers.proxyTo(await peers.listen(echo));
    const client = await peers.dial(proxy);
    await client.ask('here?');

    await proxy.refuse();
    await client.events.until((event) => event === 'ECONNRESET');
    await expect(peers.dial(proxy)).rejects.toThrow('ECONNREFUSED');

    await proxy.heal();
    await (await peers.dial(proxy)).ask('again?');
  });

  it('delay: everything comes as much later and in its order, several on their way at once, and at once when healed', async () => {
    const proxy = await peers.proxyTo(await peers.listen(echo));
    const client = await peers.dial(proxy);
    await client.ask('awake?');
    proxy.delay(200);

    const start = performance.now();
    for (let i = 0; i < 100; i++) client.socket.write(`${i},`);
    await client.ask('over');
    const took = performance.now() - start;

    expect(client.text()).toBe(`awake?${Array.from({ length: 100 }, (_, i) => `${i},`).join('')}over`);
    expect(took).toBeGreaterThanOrEqual(399);
    expect(took).toBeLessThan(4_000);
    proxy.delay(3_600_000);
    const asked = client.ask('tomorrow?');
    await eventually('it is on its way', () => expect(client.socket.writableLength).toBe(0));
    await proxy.heal();
    await asked;
  });

  it('delay: a sender has to wait when too much is on its way', async () => {
    const proxy = await peers.proxyTo(await peers.listen(echo));
    const client = await peers.dial(proxy);
    proxy.delay(3_600_000);
    const sent = randomBytes(64 * 1024 * 1024);
    let taken = 0;
    const sending = (async () => {
      for (const size = 64 * 1024; taken < sent.length; taken += size) {
        const part = sent.subarray(taken, taken + size);
        await new Promise((done) => client.socket.write(part, done));
      }
      client.socket.end();
    })();

    let [last, looks] = [0, 0];
    await eventually('nothing more is taken, at ten looks', () => {
      looks = taken === last ? looks + 1 : 0;
      last = taken;
      expect(looks).toBe(10);
    });
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(sent.length / 2); // what the system's own buffers hold is part of it
    await proxy.heal();
    await sending;
    await client.events.until((event) => event === 'end');
    expect(Buffer.concat(client.chunks).equals(sent)).toBe(true);
  });

  it('trickle: one byte goes at a time, and none is lost', async () => {
    const sizes: number[] = [];
    const address = await peers.listen((socket) => {
      socket.on('data', (chunk) => sizes.push(chunk.length));
      echo(socket);
    });
    const proxy = await peers.proxyTo(address);
    const client = await peers.dial(proxy);
    proxy.trickle();

    await client.ask('x'.repeat(500));

    expect(sizes.length).toBeGreaterThan(250);
    expect(client.text()).toBe('x'.repeat(500));
  });
});
