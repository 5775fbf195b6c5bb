import { z } from 'zod';

/** A string of 1 to `maximum` characters without NUL, which Postgres can neither keep in text nor in jsonb. */
export function text(maximum: number) {
  return z
    .string()
    .min(1)
    .max(maximum)
    .refine((value) => !value.includes('\0'), { error: 'must not contain NUL characters' });
}
