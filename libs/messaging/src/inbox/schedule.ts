/** The longest pause between two attempts. */
export const retryCap = 10 * 60_000;

/** How far out a message of a newer version is put. A start of a build that knows it makes it due at once. */
export const unknownVersionDelay = 60 * 60_000;

/** How long a started attempt is nobody else's: longer than the handler may take, and than writing down how it failed. */
export function attemptLease(handlerDeadline: number): number {
  return handlerDeadline + 15_000;
}
