import { setTimeout as pause } from 'node:timers/promises';

const interval = 50;

/**
 * Asks again and again until `attempt` passes: for a state behind HTTP or SQL, of which there is no signal.
 * @param attempt usually expectations; what it returns is the result.
 * @param within milliseconds.
 * @throws Error that says what was seen last.
 */
export async function eventually<Result>(
  what: string,
  attempt: () => Result | Promise<Result>,
  within = 15_000,
): Promise<Result> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) {
        const seen = error instanceof Error ? error.message : String(error);
        throw new Error(`Not within ${within} ms: ${what}. Seen last: ${seen}`, { cause: error });
      }
    }
    await pause(interval);
  }
}
