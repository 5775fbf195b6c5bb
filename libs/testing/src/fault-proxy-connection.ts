import { connect, type Socket } from 'node:net';
import type { Side } from './fault-proxy-cut';
import { Flow, type Network, resetNow } from './fault-proxy-flow';

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Milliseconds that a target may take to accept. */
const connectPatience = 1_000;

/** A client's connection and the one to its target, from the first to the last byte of both. */
export class ProxiedConnection {
  private server: Socket | undefined;
  private flows: readonly Flow[] = [];
  /** There is no target, and the client is not told. */
  private isUnanswered = false;

  /** @param client paused. */
  constructor(
    private readonly client: Socket,
    private readonly network: Network,
    private readonly onClosed: () => void,
  ) {
    this.watch(client);
  }

  get hasClient(): boolean {
    return !this.client.destroyed;
  }

  /** It has lost bytes, or has no target: it cannot go on. */
  get isBroken(): boolean {
    return this.isUnanswered || this.flows.some((flow) => flow.hasLost);
  }

  /** Connects it to the first target that accepts; where none does, it is reset. */
  async open(targets: readonly Address[]): Promise<void> {
    if (this.drops('server')) {
      this.leaveUnanswered();
      return;
    }
    for (const target of targets) {
      if (await this.dial(target)) return;
      if (this.client.destroyed) return;
    }
    if (this.drops('client')) this.leaveUnanswered();
    else this.reset();
  }

  /** A broken one is reset once nothing is dropped any more. */
  faultChanged(): void {
    if (this.isBroken && this.network.fault.drops.length === 0) this.reset();
    for (const flow of this.flows) flow.faultChanged();
  }

  reset(): void {
    for (const flow of this.flows) flow.stop();
    resetNow(this.client);
    if (this.server) resetNow(this.server);
  }

  private drops(side: Side): boolean {
    return this.network.fault.drops.includes(side);
  }

  private leaveUnanswered(): void {
    this.isUnanswered = true;
    this.client.resume();
  }

  /** Resolves with whether the target has accepted. */
  private dial(target: Address): Promise<boolean> {
    const server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.server = server;
    this.watch(server);
    return new Promise((done) => {
      const timer = setTimeout(() => server.destroy(), connectPatience);
      server.once('connect', () => {
        clearTimeout(timer);
        this.join(server);
        done(true);
      });
      server.once('close', () => {
        clearTimeout(timer);
        done(false);
      });
    });
  }

  private join(server: Socket): void {
    if (this.client.destroyed) {
      resetNow(server);
      return;
    }
    const { client, network } = this;
    this.flows = [
      new Flow(client, server, 'server', network, (last) => this.cut(client, server, last)),
      new Flow(server, client, 'client', network, (last) => this.cut(server, client, last)),
    ];
  }

  /**
   * Where the receiver is still to get the last bytes, it gets FIN after them, because a RST can overtake what is not read yet; what it
   * answers is lost.
   */
  private cut(sender: Socket, receiver: Socket, last: Buffer | undefined): void {
    if (last === undefined) {
      this.reset();
      return;
    }
    for (const flow of this.flows) flow.stop();
    resetNow(sender);
    receiver.end(last);
    receiver.resume();
  }

  private watch(socket: Socket): void {
    socket.on('error', () => {
      // Its flow passes it on to the other side.
    });
    socket.on('close', () => {
      if (this.client.destroyed && (this.server?.destroyed ?? true)) this.onClosed();
    });
  }
}
