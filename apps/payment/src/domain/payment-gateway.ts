export type GatewayOperation = 'authorize' | 'capture' | 'void';

/** The idempotency key of an operation. There is one per order and operation, so however often we ask, it happens once. */
export function operationKey(orderId: string, operation: GatewayOperation): string {
  return `${orderId}:${operation}`;
}

export interface AuthorizeRequest {
  readonly key: string;
  /** For people: what the gateway shows beside the amount. */
  readonly orderId: string;
  /** Minor units of the currency. */
  readonly amount: number;
  readonly currency: string;
  /** Stands for the customer's means of payment. */
  readonly token: string;
}

/** Takes, or gives back, the whole amount of an authorisation. */
export interface SettleRequest {
  readonly key: string;
  /** The `reference` of the authorisation. */
  readonly authorization: string;
}

/** `reason`: for a person, 1 to 200 characters without NUL, nothing secret. It becomes part of an event. */
export interface Declined {
  readonly outcome: 'declined';
  readonly reason: string;
}

/** `reference`: the gateway's name for what it holds. */
export type Authorization = { readonly outcome: 'approved'; readonly reference: string } | Declined;

export type Settlement = { readonly outcome: 'approved' } | Declined;

/**
 * What payment asks of a payment gateway. To use another, extend this class and name it in payment.module.ts.
 *
 * An adapter must keep this, or money is taken twice or held for ever:
 * - The same key gets the same answer, however often and from however many processes at once it is used; the operation happens once. The
 *   same key with another amount is an error.
 * - What the gateway decided is an answer, also when it declines. It throws only when there is no answer (an outage, a timeout): the message
 *   is then tried again later with the same key.
 * - It settles within the signal's time: when that aborts, it rejects at once. The operation may have happened nevertheless.
 * - An authorisation is settled once, by a capture or by a void; the other is declined.
 * - It is called outside any database transaction, and holds no connection of ours while it waits.
 */
export abstract class PaymentGateway {
  /** Sets the amount aside. */
  abstract authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<Authorization>;

  /**
   * What became of the authorisation under this key, also after it was settled.
   * @returns undefined when there is none, and none can come to be any more from a call that has ended. Where the gateway cannot tell yet,
   *   throw: it is asked again later.
   */
  abstract find(key: string, signal: AbortSignal): Promise<Authorization | undefined>;

  /** Takes the amount that was set aside. */
  abstract capture(request: SettleRequest, signal: AbortSignal): Promise<Settlement>;

  /** Gives back the amount that was set aside. */
  abstract void(request: SettleRequest, signal: AbortSignal): Promise<Settlement>;
}
