import { createServer, type Server, type Socket } from 'node:net';
import { type Address, ProxiedConnection } from './fault-proxy-connection';
import { type BytePattern, Cut, type CutOptions } from './fault-proxy-cut';
import type { Fault, Network } from './fault-proxy-flow';
import { freePorts } from './free-ports';

const noFault: Fault = { drops: [], latency: 0, byteByByte: false };

/**
 * A network that can be made to fail, between a client and a server: a TCP proxy on 127.0.0.1. With several targets each new connection
 * goes to the first that accepts it. End it with `end()`.
 */
export async function startFaultProxy(targets: Address | readonly Address[]): Promise<FaultProxy> {
  const [port] = await freePorts(1);
  const proxy = new FaultProxy(Number(port), 'port' in targets ? [targets] : targets);
  await proxy.heal();
  return proxy;
}

/**
 * A fault concerns the connections that are open and those to come, and lasts until `heal()` or the next one, which takes its place.
 * Without one, every byte passes in its order; so do an end and a reset.
 *
 * What is dropped is gone, also ends, resets and, towards the server, new connections; TCP knows no gap, so a connection that has lost
 * anything passes nothing more in that direction, and is reset once nothing is dropped any more. One that was silent meanwhile goes on.
 */
export class FaultProxy {
  readonly host = '127.0.0.1';
  private readonly network: Network = { fault: noFault, cuts: new Set() };
  private readonly open = new Set<ProxiedConnection>();
  private server: Server | undefined;

  /** Made by {@link startFaultProxy}. */
  constructor(
    readonly port: number,
    private readonly targets: readonly Address[],
  ) {}

  /** How many clients are connected now. */
  get connections(): number {
    return [...this.open].filter(({ hasClient }) => hasClient).length;
  }

  /** How many connections have lost something until now, and will be reset by `heal()`. */
  get broken(): number {
    return [...this.open].filter(({ isBroken }) => isBroken).length;
  }

  /** The same URL, but through this proxy. */
  through(url: string): string {
    const result = new URL(url);
    result.hostname = this.host;
    result.port = String(this.port);
    return result.href;
  }

  /** Nothing reaches anybody. New connections are accepted, and answered by nothing. */
  blackHole(): void {
    this.set({ ...noFault, drops: ['client', 'server'] });
  }

  dropTowardsClient(): void {
    this.set({ ...noFault, drops: ['client'] });
  }

  /** New connections are accepted, but the server does not hear of them. */
  dropTowardsServer(): void {
    this.set({ ...noFault, drops: ['server'] });
  }

  /** Each direction takes so many milliseconds longer. About 1 MiB is on its way at most; then the sender has to wait. */
  delay(milliseconds: number): void {
    this.set({ ...noFault, latency: milliseconds });
  }

  /** Each byte goes alone. */
  trickle(): void {
    this.set({ ...noFault, byteByByte: true });
  }

  /** RST to both sides of every connection, now. Not for those to come. */
  reset(): void {
    for (const connection of this.open) connection.reset();
  }

  /** Open connections are reset, new ones are refused: nobody listens. */
  async refuse(): Promise<void> {
    this.set(noFault);
    const { server } = this;
    this.server = undefined;
    const closed = new Promise<void>((done) => (server ? server.close(() => done()) : done()));
    this.reset();
    await closed;
  }

  /**
   * Cuts the first connection in which a pattern passes from now on, exactly there, and no other. The sender gets RST. The receiver
   * gets what came before the pattern and RST; or, to `deliver`, the pattern as well, and then FIN, and its answer is lost.
   * It goes together with any fault, and `heal()` takes it back.
   */
  cutAfter(pattern: BytePattern, options: CutOptions): Cut {
    const cut = new Cut(pattern, options);
    this.network.cuts.add(cut);
    return cut;
  }

  /** Ends every fault. Resets the connections that have lost bytes. */
  async heal(): Promise<void> {
    this.disarm();
    this.set(noFault);
    this.server ??= await this.listen();
  }

  /** Resets what is open, and listens no more. */
  async end(): Promise<void> {
    this.disarm();
    await this.refuse();
  }

  private set(fault: Fault): void {
    this.network.fault = fault;
    for (const connection of this.open) connection.faultChanged();
  }

  private disarm(): void {
    for (const cut of this.network.cuts) cut.settle(false);
    this.network.cuts.clear();
  }

  private async listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.accept(client),
    );
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host: this.host, port: this.port, exclusive: true }, () => {
        server.off('error', fail);
        done();
      });
    });
    server.on('error', () => {
      // A connection that the system could not accept; its client has to see to it.
    });
    return server;
  }

  private accept(client: Socket): void {
    const connection = new ProxiedConnection(client, this.network, () => this.open.delete(connection));
    this.open.add(connection);
    void connection.open(this.targets);
  }
}
