/** Tells the person who runs the job what has happened. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
