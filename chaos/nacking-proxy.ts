import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

// AMQP 0-9-1: a frame is its type, a channel, a size, as many bytes, and an end; a method begins with its class and its number.
const headerSize = 7;
const methodFrame = 1;
const method = { openOk: '20.11', close: '20.40', closeOk: '20.41', ack: '60.80' };
const basicNack = 120;

/**
 * In front of a broker, a way there on which channels can be wedged: from then on each of them gets a nack for every ack, until it is closed.
 * That is what a channel of RabbitMQ 3.10 may do on its own while a node is down. An ack and a nack differ in one number.
 */
export class NackingProxy {
  /** How many acks have become nacks. */
  nacks = 0;
  private readonly ways = new Set<Way>();

  private constructor(private readonly server: Server) {}

  /** Does not keep this process from ending, and ends with it. */
  static async start(target: { readonly host: string; readonly port: number }): Promise<NackingProxy> {
    const server = createServer({ noDelay: true }, (client) =>
      proxy.accept(client, connect({ ...target, noDelay: true })),
    );
    const proxy = new NackingProxy(server);
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.unref();
    return proxy;
  }

  /** The same URL, but through here. */
  through(url: string): string {
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href;
  }

  /** All channels that are open. */
  wedge(): void {
    for (const way of this.ways) way.wedge();
  }

  /** Every channel gets what the broker says again. */
  heal(): void {
    for (const way of this.ways) way.heal();
  }

  private accept(client: Socket, broker: Socket): void {
    const way = new Way(() => this.nacks++);
    this.ways.add(way);
    const end = () => {
      this.ways.delete(way);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.unref().on('error', end).on('close', end);
    client.pipe(broker);
    broker.on('data', (bytes: Buffer) => client.write(way.pass(bytes)));
  }
}

/** What comes from the broker on one connection. */
class Way {
  private readonly open = new Set<number>();
  private readonly wedged = new Set<number>();
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onNack: () => void) {}

  wedge(): void {
    for (const channel of this.open) this.wedged.add(channel);
  }

  heal(): void {
    this.wedged.clear();
  }

  /** @returns the frames that are whole by now */
  pass(bytes: Buffer): Buffer {
    const buffer = Buffer.concat([this.rest, bytes]);
    let at = 0;
    for (;;) {
      const end = at + headerSize + (buffer.length < at + headerSize ? 0 : buffer.readUInt32BE(at + 3)) + 1;
      if (buffer.length < end) break;
      if (buffer[at] === methodFrame) this.see(buffer.readUInt16BE(at + 1), buffer.subarray(at + headerSize, end));
      at = end;
    }
    this.rest = buffer.subarray(at);
    return buffer.subarray(0, at);
  }

  private see(channel: number, payload: Buffer): void {
    const name = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
    if (name === method.openOk) this.open.add(channel);
    if (name === method.close || name === method.closeOk) {
      this.open.delete(channel);
      this.wedged.delete(channel);
    }
    if (name !== method.ack || !this.wedged.has(channel)) return;
    payload.writeUInt16BE(basicNack, 2);
    this.onNack();
  }
}
