import { echo, FaultProxyPeers } from './fault-proxy-peers';

const peers = new FaultProxyPeers();
afterEach(() => peers.end());

describe('a cut', () => {
  it('to deliver: the receiver gets the pattern, whose bytes come apart, and nothing after it; once', async () => {
    const { address, received } = await peers.recorder();
    const proxy = await peers.proxyTo(address);
    const [client, other] = [await peers.dial(proxy), await peers.dial(proxy)];
    const cut = proxy.cutAfter(Buffer.from('abab!'), { towards: 'server', deliver: true });

    for (const part of ['ab', 'ab', 'ab!more']) {
      client.socket.write(part);
      await received.until((text) => text.endsWith('ab') || text.endsWith('!'), received.values.length);
    }

    expect(await cut.fired).toBe(true);
    await client.events.until((event) => event === 'ECONNRESET');
    await received.until((text) => text === 'end');
    expect(received.values).toEqual(['ab', 'ab', 'ab!', 'end']);
    other.socket.write('abab!');
    await received.until((text) => text === 'abab!');
    expect(other.events.values).toEqual([]);
  });

  it('not to deliver: the receiver gets what came before it, and a reset', async () => {
    const { address, received } = await peers.recorder();
    const proxy = await peers.proxyTo(address);
    const client = await peers.dial(proxy);
    const cut = proxy.cutAfter(Buffer.from('stop'), { towards: 'server', deliver: false });

    client.socket.write('go on, ');
    await received.until((text) => text === 'go on, ');
    client.socket.write('stop here');

    expect(await cut.fired).toBe(true);
    await client.events.until((event) => event === 'ECONNRESET');
    await received.until((text) => text === 'ECONNRESET');
    expect(received.values).toEqual(['go on, ', 'ECONNRESET']);
  });

  it('not to deliver: the receiver also gets what came before it in the same chunk', async () => {
    const { address, received } = await peers.recorder();
    const proxy = await peers.proxyTo(address);
    const client = await peers.dial(proxy);
    const cut = proxy.cutAfter(Buffer.from('stop'), { towards: 'server', deliver: false });

    client.socket.write('go on, stop here');

    expect(await cut.fired).toBe(true);
    const [text] = await received.first(2); // the second is `end`: so Node takes a reset that comes together with bytes
    expect(text).toBe('go on, ');
  });

  it('asks a function about each chunk, looks in its own direction alone, and is taken back by healing', async () => {
    const proxy = await peers.proxyTo(await peers.listen(echo));
    const client = await peers.dial(proxy);
    const isLong = (chunk: Buffer) => chunk.length > 5;
    const forgotten = proxy.cutAfter(isLong, { towards: 'client', deliver: true });
    await proxy.heal();
    expect(await forgotten.fired).toBe(false);
    await client.ask('long enough');

    const cut = proxy.cutAfter(isLong, { towards: 'client', deliver: true });
    await client.ask('short');
    client.socket.write('long enough');

    expect(await cut.fired).toBe(true);
    await client.events.until((event) => event === 'end');
    expect(client.text()).toBe('long enoughshortlong enough');
  });
});
