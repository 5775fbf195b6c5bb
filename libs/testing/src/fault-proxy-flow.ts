import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Cut, type Hit, PatternSearch, type Side } from './fault-proxy-cut';

/** What befalls all that passes now. */
export interface Fault {
  /** The sides that nothing reaches. */
  readonly drops: readonly Side[];
  /** Milliseconds from one side to the other. */
  readonly latency: number;
  readonly byteByByte: boolean;
}

/** What all connections of a proxy have in common. */
export interface Network {
  fault: Fault;
  readonly cuts: Set<Cut>;
}

/** Bytes that a direction holds before it stops reading: what may be on its way while there is latency. */
const window = 1024 * 1024;

type Passing = Buffer | 'end' | 'reset';

/**
 * One direction of a connection: bytes, and then the end or the reset, in the order in which they came. Where it has lost anything it
 * passes nothing more.
 */
export class Flow {
  hasLost = false;
  private readonly queue: { readonly passing: Passing; readonly readAt: number }[] = [];
  private readonly searches = new Map<Cut, PatternSearch>();
  private held = 0;
  private isPumping = false;
  private isStopped = false;
  private wake = () => {};

  /** @param onCut is called with the last bytes that are still to reach the sink, or with none when it is to get nothing more. */
  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly towards: Side,
    private readonly network: Network,
    private readonly onCut: (last: Buffer | undefined) => void,
  ) {
    source.on('data', (chunk: Buffer) => this.take(chunk));
    source.on('end', () => this.take('end'));
    source.on('error', () => this.take('reset'));
    source.resume();
  }

  /** To be called when the fault is another one. */
  faultChanged(): void {
    this.wake();
  }

  /** Passes nothing from now on. */
  stop(): void {
    this.isStopped = true;
    this.queue.length = 0;
    this.wake();
  }

  private take(passing: Passing): void {
    if (this.isStopped) return;
    this.queue.push({ passing, readAt: performance.now() });
    this.held += sizeOf(passing);
    if (this.held >= window) this.source.pause();
    if (!this.isPumping) void this.pump();
  }

  private async pump(): Promise<void> {
    this.isPumping = true;
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const wait = next.readAt + this.network.fault.latency - performance.now();
      if (wait > 0) {
        await this.rest(wait);
        continue;
      }
      this.queue.shift();
      await this.pass(next.passing);
      this.held -= sizeOf(next.passing);
      if (this.held < window) this.source.resume();
    }
    this.isPumping = false;
  }

  /** Until then, or until there is a reason to look again. */
  private async rest(milliseconds: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private async pass(passing: Passing): Promise<void> {
    if (this.isLost()) return;
    if (passing === 'end') this.sink.end();
    else if (passing === 'reset') resetNow(this.sink);
    else await this.passChunk(passing);
  }

  private async passChunk(chunk: Buffer): Promise<void> {
    const found = this.search(chunk);
    if (found === undefined) {
      await this.send(chunk);
      return;
    }
    const { cut, hit } = found;
    this.network.cuts.delete(cut);
    if (cut.options.deliver) {
      this.onCut(chunk.subarray(0, hit.end));
    } else {
      await this.send(chunk.subarray(0, hit.start));
      this.onCut(undefined);
    }
    cut.settle(true);
  }

  private search(chunk: Buffer): { cut: Cut; hit: Hit } | undefined {
    for (const cut of this.network.cuts) {
      if (cut.options.towards !== this.towards) continue;
      const search = this.searches.get(cut) ?? new PatternSearch(cut.pattern);
      this.searches.set(cut, search);
      const hit = search.find(chunk);
      if (hit !== undefined) return { cut, hit };
    }
    return undefined;
  }

  /** Resolves when the system has taken the bytes, so that no more is read than can be passed on. */
  private async send(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && this.sink.writable && !this.isStopped && !this.isLost()) {
      const { byteByByte } = this.network.fault;
      const part = byteByByte ? rest.subarray(0, 1) : rest;
      await new Promise<void>((taken) => this.sink.write(part, () => taken()));
      rest = rest.subarray(part.length);
      if (byteByByte) await nextTurn();
    }
  }

  private isLost(): boolean {
    this.hasLost ||= this.network.fault.drops.includes(this.towards);
    return this.hasLost;
  }
}

function sizeOf(passing: Passing): number {
  return typeof passing === 'string' ? 0 : passing.length;
}

/** Ends a socket by RST; one that has nothing to reset yet, or is about to end, at once. */
export function resetNow(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isEnding) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
