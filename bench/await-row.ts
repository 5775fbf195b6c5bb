import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two looks: seldom, so as not to be part of what is measured. Times are the database's own. */
const interval = 200;

let broken: Error | undefined;

/** A process that somebody waits for has ended by itself. Undefined: nobody waits for it any more. */
export function giveUp(reason: Error | undefined): void {
  broken = reason;
}

/**
 * Asks until there is a row. What is measured has no time limit: a bench that takes too long is ended by a person.
 * @throws Error when a process that the bench has started ends meanwhile.
 */
export async function awaitRow<Row>(ask: () => Promise<readonly Row[]>): Promise<Row> {
  for (;;) {
    const [row] = await ask();
    if (row !== undefined) return row;
    if (broken) throw broken;
    await pause(interval);
  }
}
