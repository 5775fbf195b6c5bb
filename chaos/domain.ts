import type { Priority } from '@waybill/contracts';
import type { Random } from './random';

/** What a customer asks for: one request to the order service. What else the suite knows of the domain: domain-ledger.ts, and the end of invariants.sql. */
export interface Request {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the customer does as soon as it has the answer. */
  readonly afterwards?: (id: string) => { readonly path: string };
}

type Line = { readonly sku: string; readonly quantity: number };

const mugs: readonly Line[] = [{ sku: 'mug', quantity: 2 }];
const teatime: readonly Line[] = [
  { sku: 'mug-large', quantity: 4 },
  { sku: 'tea-assam', quantity: 1 },
];
/** There are three of them. */
const globes: readonly Line[] = [{ sku: 'globe', quantity: 1 }];

const priorities: readonly Priority[] = ['bulk', 'low', 'normal', 'high', 'urgent'];

interface Kind {
  readonly weight: number;
  /** The sandbox gateway answers by it. */
  readonly token: string;
  readonly lines: readonly Line[];
  readonly isCancelled?: boolean;
}

/** Orders of every kind, the good ones mostly. */
const kinds: readonly Kind[] = [
  { weight: 8, token: 'tok_approved', lines: mugs },
  { weight: 6, token: 'tok_approved', lines: teatime },
  { weight: 1, token: 'tok_approved', lines: globes },
  { weight: 1, token: 'tok_declined', lines: teatime },
  { weight: 1, token: 'tok_insufficient_funds', lines: mugs },
  { weight: 1, token: 'tok_approved', lines: mugs, isCancelled: true },
  { weight: 1, token: 'tok_slow', lines: mugs },
  { weight: 1, token: 'tok_slow', lines: teatime, isCancelled: true },
  { weight: 1, token: 'tok_charge_then_hang', lines: mugs },
  { weight: 1, token: 'tok_capture_fails', lines: mugs },
];

const weighted = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

/** @param customerId one for each request, so that what was placed twice is seen by it */
export function nextRequest(random: Random, customerId: string): Request {
  return requestOf(random.pick(weighted), random.pick(priorities), customerId);
}

function requestOf({ token, lines, isCancelled }: Kind, priority: Priority, customerId: string): Request {
  return {
    path: '/orders',
    body: { customerId, priority, lines, payment: { token } },
    ...(isCancelled ? { afterwards: (id: string) => ({ path: `/orders/${id}/cancel` }) } : {}),
  };
}

/** Finds what was placed and has not ended. */
export const openRequests = `select from order_service."order"
  where status = 'placed' or (status = 'confirmed' and capture is distinct from 'failed')`;

/** What may be in no log: the beginning of every token. */
export const secrets: readonly string[] = ['tok_'];

/** Environment of the services beside the suite's own: the gateway that hangs must not hold up a whole run. */
export const domainEnvironment = { GATEWAY_TIMEOUT: '1s' };
