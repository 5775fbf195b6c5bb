const tooMany = 300;
const tooLong = 2_000;

/**
 * Notices that a channel gets nothing but nacks. A channel can be stuck in nacking everything for as long as a node is down, while a
 * fresh one beside it gets acks (seen on RabbitMQ 3.10), so after 300 nacks, or two seconds of them, without an ack it is reopened.
 */
export class NackStreak {
  private count = 0;
  private since = 0;

  /** By an ack, or by another channel. */
  broken(): void {
    this.count = 0;
  }

  /** @returns why the channel is to be reopened, once the streak is long enough. */
  nacked(): string | undefined {
    const now = performance.now();
    if (this.count++ === 0) this.since = now;
    if (this.count < tooMany && now - this.since < tooLong) return undefined;
    const reason = `${this.count} nacks without an ack between them`;
    this.count = 0;
    return reason;
  }
}
