import { setTimeout as pause } from 'node:timers/promises';
import { say } from './progress';

/** Milliseconds. Servers that start together with this job need a while. */
const patience = 90_000;
const interval = 1_000;
const reportEvery = 10_000;

/**
 * Tries until it works, as long as the error says that the server is not there yet; says what it waits for.
 * @throws the last error after a minute and a half, any other error at once.
 */
export async function waitFor<Result>(
  what: string,
  attempt: () => Promise<Result>,
  isAway: (error: unknown) => boolean,
): Promise<Result> {
  const start = Date.now();
  for (let reported = Number.NEGATIVE_INFINITY; ; await pause(interval)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAway(error)) throw error;
      const reason = reasonOf(error);
      if (Date.now() - start > patience) {
        throw new Error(`${what} did not answer within ${patience / 1000} s: ${reason}`, { cause: error });
      }
      if (Date.now() - reported >= reportEvery) {
        say(`Waiting for ${what}: ${reason}`);
        reported = Date.now();
      }
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}
