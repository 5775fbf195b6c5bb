/**
 * Milliseconds to wait after the given attempt (1 for the first) failed: doubles from `base` up to `cap`, then between half and all of that,
 * so that what failed together does not come back together.
 *
 * base 1 s: attempt 1 → 0.5-1 s, 2 → 1-2 s, 3 → 2-4 s, 4 → 4-8 s, … at most `cap`.
 */
export function backoff(attempt: number, base: number, cap: number, random: () => number = Math.random): number {
  const full = Math.min(base * 2 ** Math.max(0, attempt - 1), cap);
  return Math.round(full / 2 + (full / 2) * random());
}
