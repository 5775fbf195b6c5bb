export interface Behaviour {
  /** Why the authorisation is declined. */
  readonly refusal?: string;
  /** Why the capture is declined. */
  readonly captureRefusal?: string;
  /** Milliseconds between what `authorize` does and its answer. */
  readonly answersAfter?: number;
}

/** 24 days, the longest that a timer can be. */
const never = 2 ** 31 - 1;

const behaviours = new Map<string, Behaviour>([
  ['tok_approved', {}],
  ['tok_declined', { refusal: 'card declined' }],
  ['tok_insufficient_funds', { refusal: 'insufficient funds' }],
  ['tok_slow', { answersAfter: 1_000 }],
  // Sets the amount aside and does not say so, however often it is asked: only `find` tells.
  ['tok_charge_then_hang', { answersAfter: never }],
  ['tok_capture_fails', { captureRefusal: 'capture refused' }],
]);

/** How the sandbox gateway treats this token. */
export function behaviourOf(token: string): Behaviour {
  return behaviours.get(token) ?? { refusal: 'unknown token' };
}
