/** Text that Postgres takes: without NUL, and not longer than a person wants to read. */
export function storableText(value: string): string {
  return value.replaceAll('\u0000', '').slice(0, 2_000);
}

/** What went wrong, as text that Postgres takes. */
export function storableError(error: unknown): string {
  if (error instanceof Error) return storableText(`${error.name}: ${error.message}`);
  const { message } = (error ?? {}) as { message?: unknown };
  return storableText(typeof message === 'string' ? message : String(error));
}

/** Tables of AMQP can be nested in their thousands, which neither we nor JSON.stringify can follow. */
const deepest = 100;

/**
 * AMQP properties as JSON that a `json` column takes and its operators can read. Big integers become text. A NUL becomes U+FFFD, so that a field
 * which is unusable for it stays unusable; what is nested deeper than 100 levels is left out.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(storablePart(value, 0));
}

function storablePart(part: unknown, depth: number): unknown {
  if (typeof part === 'bigint') return part.toString();
  if (typeof part === 'string') return withoutNul(part);
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return part;
  if (depth >= deepest) return '(nested too deep to be kept)';
  if (Array.isArray(part)) return part.map((item) => storablePart(item, depth + 1));
  const entries = Object.entries(part).map(([name, field]) => [withoutNul(name), storablePart(field, depth + 1)]);
  return Object.fromEntries(entries);
}

function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}
