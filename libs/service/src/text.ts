import { z } from 'zod';

/**
 * A string of 1 to `maximum` characters, not only blanks. Without NUL, which Postgres can neither keep in text nor in jsonb, and without
 * half characters (lone surrogates), which it would keep as another character.
 */
export function text(maximum: number) {
  return z
    .string()
    .min(1)
    .max(maximum)
    .refine((value) => !value.includes('\0'), { error: 'must not contain NUL characters' })
    .refine((value) => !/\p{Surrogate}/u.test(value), { error: 'must not contain half characters (lone surrogates)' })
    .refine((value) => value === '' || value.trim() !== '', { error: 'must not be blank' });
}
