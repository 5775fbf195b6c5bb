/** The longest pause between two attempts. */
export const retryCap = 10 * 60_000;

/** How far out a message of a newer version is put. A build that knows it makes it due: at its start, and every while from then on. */
export const unknownVersionDelay = 60 * 60_000;

/** In a rolling deploy a process of the build before may put messages out when the last new one has long been started. */
export const wakeKnownVersionsEvery = 30_000;

/** How long a started attempt is nobody else's: longer than the handler may take, and than writing down how it failed. */
export function attemptLease(handlerDeadline: number): number {
  return handlerDeadline + 15_000;
}

/** How long the receipt of a message belongs to the process that handled it, from its commit on. Longer than sending it takes where all is well. */
export const receiptLease = 10_000;
