import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two looks: seldom, so as not to be part of what is measured. Times are the database's own. */
const interval = 200;

/** Asks until there is a row. What is measured has no time limit: a bench that takes too long is ended by a person. */
export async function awaitRow<Row>(ask: () => Promise<readonly Row[]>): Promise<Row> {
  for (;;) {
    const [row] = await ask();
    if (row !== undefined) return row;
    await pause(interval);
  }
}
