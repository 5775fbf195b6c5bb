import { type DestinationStream, pino } from 'pino';

/** Bytes above which nothing waits for the end of the turn. */
const most = 8_192;

/**
 * The process's output, written once for each turn of the event loop: a write a line is a tenth of what a busy service does. Also what a process says as
 * it exits, or before it dies of an exception, is written; only kill -9 can take the lines of the turn that it falls into.
 */
export function turnStream(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true, minLength: most });
  let isDue = false;
  process.on('exit', () => output.flushSync());
  return {
    write: (line) => {
      output.write(line);
      if (isDue) return;
      isDue = true;
      setImmediate(() => {
        isDue = false;
        // Not flushSync, which waits for the disk as well.
        output.flush();
      });
    },
  };
}
