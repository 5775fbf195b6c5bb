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

/** AMQP properties as JSON that a `json` column takes; buffers and big integers become text. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (typeof part === 'string') return part.replaceAll('\u0000', '');
    return part;
  });
}
