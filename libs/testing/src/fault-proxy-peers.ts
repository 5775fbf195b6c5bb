import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type FaultProxy, startFaultProxy } from './fault-proxy';
import type { Address } from './fault-proxy-connection';
import { freePorts } from './free-ports';
import { Recorder } from './recorder';

/** Plain TCP servers and clients on both sides of proxies, for the proxy's own specs. End them with `end()`. */
export class FaultProxyPeers {
  private readonly ends: (() => unknown)[] = [];

  async end(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }

  async proxyTo(...targets: Address[]): Promise<FaultProxy> {
    const proxy = await startFaultProxy(targets);
    this.ends.push(() => proxy.end());
    return proxy;
  }

  /** A server that does what it is told with each connection. */
  async listen(serve: (socket: Socket) => void): Promise<Address> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {
        // What a fault does to a server's connection; the specs look at what it has received.
      });
      serve(socket);
    });
    const [port] = await freePorts(1);
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    this.ends.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    });
    return { host: '127.0.0.1', port: Number(port) };
  }

  /** A server that keeps what it gets, of all connections: text, `end`, and codes of errors. */
  async recorder(): Promise<{ address: Address; received: Recorder<string> }> {
    const received = new Recorder<string>();
    const address = await this.listen((socket) => {
      socket.on('data', (chunk) => received.record(chunk.toString('latin1')));
      socket.on('end', () => {
        received.record('end');
        socket.end();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => received.record(error.code ?? error.message));
    });
    return { address, received };
  }

  /** A client's connection, and what comes of it: `data`, `end`, and codes of errors. */
  async dial(proxy: FaultProxy) {
    const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true, noDelay: true });
    this.ends.push(() => socket.destroy());
    const events = new Recorder<string>();
    const chunks: Buffer[] = [];
    const text = () => Buffer.concat(chunks).toString();
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      events.record('data');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => events.record(error.code ?? error.message));
    socket.on('end', () => events.record('end'));
    await once(socket, 'connect');
    return {
      socket,
      events,
      chunks,
      text,
      /** Resolves when it has had the answer of a server that echoes. */
      async ask(question: string) {
        const from = events.values.length;
        socket.write(question);
        await events.until(() => text().endsWith(question), from);
      },
    };
  }
}

export const echo = (socket: Socket): Socket => socket.pipe(socket);
