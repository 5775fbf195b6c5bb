import { z } from 'zod';

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const pattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** A whole number with a unit (`500ms`, `30s`, `5m`, `2h`, `30d`), above zero, read as milliseconds. */
export const duration = z.string().transform((text, context) => {
  const [, amount, unit] = pattern.exec(text) ?? [];
  const value = Number(amount) * milliseconds[unit as keyof typeof milliseconds];
  if (value > 0) return value;
  context.addIssue({ code: 'custom', message: 'must be a whole number above 0 with a unit (ms, s, m, h or d)' });
  return z.NEVER;
});
