import { type ServiceName, services } from '@waybill/contracts';
import { duration, serviceEnvironment, url } from '@waybill/service';
import type { z } from 'zod';

export type Peer = Exclude<ServiceName, 'order'>;

/** The other services, which are asked for their part of a journey. */
export const peers = services.filter((name): name is Peer => name !== 'order');

/** Where each of them is. */
const peerUrls = Object.fromEntries(
  peers.map((peer) => {
    const example = `http://127.0.0.1:${3000 + services.indexOf(peer)}`;
    return [peerVariable(peer), url('http', 'https').meta({ example })];
  }),
) as Record<ReturnType<typeof peerVariable>, ReturnType<typeof url>>;

export const orderEnvironment = serviceEnvironment('order', 3000).extend({
  ...peerUrls,
  /** How long payment and warehouse may take to answer before an order is cancelled; milliseconds. */
  DEADLINE: duration
    .refine((milliseconds) => milliseconds >= 1_000, { error: 'must be 1s or longer' })
    .prefault('5m')
    .meta({ example: '5m' }),
  /** How long the answer to a request with an Idempotency-Key is kept; milliseconds. */
  IDEMPOTENCY_KEY_TTL: duration.prefault('24h').meta({ example: '24h' }),
});

export type OrderEnvironment = z.infer<typeof orderEnvironment>;

export function peerVariable(peer: Peer) {
  return `${peer.toUpperCase() as Uppercase<Peer>}_URL` as const;
}
