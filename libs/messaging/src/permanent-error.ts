/** Thrown by a handler whose message can never succeed: it becomes a dead letter at once, without further attempts. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}
