import { type ServiceName, services } from '@waybill/contracts';
import { url } from '@waybill/service';

export type Peer = Exclude<ServiceName, 'order'>;

/** The other services, which are asked for their part of a journey. */
export const peers = services.filter((name): name is Peer => name !== 'order');

/** Where each of them is, as part of the environment. */
export const peerUrls = Object.fromEntries(
  peers.map((peer) => {
    const example = `http://127.0.0.1:${3000 + services.indexOf(peer)}`;
    return [peerVariable(peer), url('http', 'https').meta({ example })];
  }),
) as Record<ReturnType<typeof peerVariable>, ReturnType<typeof url>>;

export function peerVariable(peer: Peer) {
  return `${peer.toUpperCase() as Uppercase<Peer>}_URL` as const;
}
