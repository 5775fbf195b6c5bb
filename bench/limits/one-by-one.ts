import { setTimeout as wait } from 'node:timers/promises';

export interface Paced {
  readonly count: number;
  /** Milliseconds before each, in which nothing happens. */
  readonly pause: number;
}

/** Does the same again and again. @returns the milliseconds of each */
export async function oneByOne(work: () => Promise<unknown>, { count, pause }: Paced): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    if (pause > 0) await wait(pause);
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times;
}
