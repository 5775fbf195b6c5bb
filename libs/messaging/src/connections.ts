/** Injection token of the broker connection over which this service publishes. */
export const PUBLISHING_CONNECTION = Symbol('PUBLISHING_CONNECTION');

/** Injection token of the one over which it consumes: separate, so that a blocked publisher does not stop the acks. */
export const CONSUMING_CONNECTION = Symbol('CONSUMING_CONNECTION');
