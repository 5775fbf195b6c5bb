import { eventually, type ServiceProcess } from '@waybill/testing';
import { type Arena, everyProcess } from '../arena';

/** Milliseconds. Longer than a confirm's timeout and the lease that a lost attempt leaves behind. */
const patience = 60_000;

/** When the broker told any service "I have it", from the making of this on. */
export class Confirms {
  private readonly since = Date.now();
  private readonly from: ReadonlyMap<ServiceProcess, number>;

  constructor(arena: Arena) {
    this.from = new Map(everyProcess(arena).map((process) => [process, process.position]));
  }

  /** Times, as of `Date`, of those that came after one of them; in no order. */
  after(time: number): number[] {
    return [...this.from]
      .flatMap(([process, from]) => process.steps({ step: 'confirmed' }, from))
      .map((line) => Date.parse(line.time))
      .filter((at) => at > time);
  }

  /** Resolves when some more than now have come. */
  async more(count = 10): Promise<void> {
    const now = Date.now();
    await eventually(
      `${count} more confirms`,
      () => {
        const seen = this.after(now).length;
        if (seen < count) throw new Error(`there were ${seen}`);
      },
      patience,
    );
  }

  /** Milliseconds, from the making of this to now. */
  longestGap(): number {
    const times = [this.since, ...this.after(this.since), Date.now()].sort((one, other) => one - other);
    return Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? time)));
  }
}
