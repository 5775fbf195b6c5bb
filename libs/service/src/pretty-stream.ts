import type { DestinationStream } from 'pino';

/** Fields of a log line that a person reads. */
interface Line {
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/**
 * Turns each JSON line into one that a person follows with their eyes: time, service, what happened; of an error also its message.
 * Control characters are shown as escapes, so that no text from outside can forge a line or drive the terminal.
 */
export function prettyStream(destination: DestinationStream): DestinationStream {
  return { write: (json) => destination.write(`${readable(JSON.parse(json) as Line)}\n`) };
}

function readable({ time, level, service, msg = '', err }: Line): string {
  const severity = level === 'info' ? '' : `${level.toUpperCase()} `;
  const reason = err?.message && !msg.includes(err.message) ? `: ${err.message}` : '';
  return `${clock(new Date(time))} ${service.padEnd(9)} ${severity}${visible(msg + reason)}`;
}

function clock(time: Date): string {
  const seconds = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${seconds.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
