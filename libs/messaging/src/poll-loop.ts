import type { Logger } from '@nestjs/common';

export interface PollLoopOptions {
  readonly name: string;
  /** Does one pass. Resolves true when there may be more to do at once. */
  readonly runOnce: () => Promise<boolean>;
  /** Milliseconds to the next look after a pass that found nothing; doubles up to `longestWait` while nothing is found. */
  readonly shortestWait: number;
  readonly longestWait: number;
  /** Milliseconds between the beginnings of two passes when it is woken: what comes meanwhile is done in one. Default 0. */
  readonly pause?: number;
  readonly logger: Logger;
}

/** Calls `runOnce` again and again, sooner when woken, later when idle or failing. A failed pass is logged, and tried again. */
export class PollLoop {
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  private endWait: (() => void) | undefined;

  constructor(private readonly options: PollLoopOptions) {}

  start(): void {
    if (this.running) return;
    this.stopping = false;
    this.running = this.run();
  }

  /** There may be something to do: looks now instead of at the next poll. */
  wake(): void {
    this.woken = true;
    this.endWait?.();
  }

  /** Resolves when the pass under way, if any, has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endWait?.();
    await this.running;
    this.running = undefined;
  }

  private async run(): Promise<void> {
    const { shortestWait, longestWait, pause = 0 } = this.options;
    let wait = shortestWait;
    while (!this.stopping) {
      this.woken = false;
      const began = performance.now();
      const more = await this.pass();
      if (more) {
        wait = shortestWait;
        continue;
      }
      if (!this.woken) {
        await this.sleep(wait);
        wait = this.woken ? shortestWait : Math.min(wait * 2, longestWait);
      }
      if (this.woken) await this.rest(began + pause - performance.now());
    }
  }

  private async pass(): Promise<boolean> {
    try {
      return await this.options.runOnce();
    } catch (error) {
      this.options.logger.error(`${this.options.name} failed and will try again: ${(error as Error).message}`);
      this.woken = false;
      await this.sleep(this.options.longestWait);
      return false;
    }
  }

  /** Nothing but `stop` cuts it short. */
  private async rest(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && !this.stopping; left = until - performance.now()) await this.sleep(left);
  }

  private sleep(milliseconds: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
