const first = 250;
const ceiling = 30_000;

/** Waiting times in milliseconds between attempts on the broker: 250 ms, doubling up to 30 s. */
export class Backoff {
  /** What has worked for this long (ms) has recovered: its next failure is a first one again. */
  static readonly recovered = ceiling;

  private wait = first;

  next(): number {
    const wait = this.wait;
    this.wait = Math.min(wait * 2, ceiling);
    return wait;
  }

  reset(): void {
    this.wait = first;
  }
}
