import { type ServiceName, services } from '@waybill/contracts';
import { type BytePattern, brokerConfirm, type CutOptions, postgresCommit } from '@waybill/testing';
import type { Arena } from '../arena';
import { LogWatch } from '../log-watch';
import type { Scenario } from '../scenario';

/** A cut hits whichever connection is first, so it takes some until each service was hit in each way. */
const mostCuts = 150;

/** Times that each service must be hit with the pattern lost, and again with it delivered. */
const hitsWanted = 3;

/** A confirm and an ack of a delivery are the same frame: it is a confirm on its way to the client, an ack on its way to the broker. */
const deliveryAck = brokerConfirm;

/**
 * Of the connection to Postgres. A consumer that finds its work done after all says no more than the third of these; one whose consuming is
 * paused already, for the cut before, no more than the last.
 */
const databaseLost = /ECONNRESET|Connection terminated|lost connection|given back to the broker/;

/** The link to a peer is cut at the very moment that decides. */
export const cutScenarios: readonly Scenario[] = [
  {
    name: 'cut-during-commit',
    family: 'network',
    does: 'connections to Postgres are cut exactly at a COMMIT: before it gets there, and when only its answer is lost',
    isProxied: true,
    isShort: true,
    run: (arena) =>
      cutAt(arena, {
        peer: 'postgres',
        pattern: postgresCommit,
        towards: 'server',
        what: 'COMMIT',
        lost: databaseLost,
      }),
  },
  {
    name: 'cut-during-confirm',
    family: 'network',
    does: 'connections to the broker are cut exactly at a confirm: before it arrives, and right after',
    isProxied: true,
    run: (arena) =>
      cutAt(arena, {
        peer: 'broker',
        pattern: brokerConfirm,
        towards: 'client',
        what: 'confirm',
        lost: /publish\\": connecting: .*was lost/,
      }),
  },
  {
    name: 'cut-during-ack',
    family: 'network',
    does: 'connections to the broker are cut exactly at the ack of a delivery: before it gets there, and right after',
    isProxied: true,
    run: (arena) =>
      cutAt(arena, {
        peer: 'broker',
        pattern: deliveryAck,
        towards: 'server',
        what: 'ack',
        lost: /connection to the broker at \S+ was lost/i,
      }),
  },
];

interface Moment {
  readonly peer: 'broker' | 'postgres';
  readonly pattern: BytePattern;
  readonly towards: CutOptions['towards'];
  /** What the pattern is, in a word. */
  readonly what: string;
  /** What the service logs whose connection it was. */
  readonly lost: RegExp;
}

/** Cuts there again and again, until each service was hit often enough, with the pattern lost and with it delivered. */
async function cutAt(arena: Arena, moment: Moment): Promise<void> {
  const hits = { lost: noHits(), delivered: noHits() };
  let cuts = 0;
  for (const deliver of [false, true]) {
    const counted = deliver ? hits.delivered : hits.lost;
    while (Math.min(...Object.values(counted)) < hitsWanted) {
      if (++cuts > mostCuts)
        throw new Error(`Not every service was hit often enough: ${tell(hits.lost)}; ${tell(hits.delivered)}`);
      counted[await cutOnce(arena, moment, deliver)]++;
    }
  }
  arena.say(`cut before the ${moment.what} got there: ${tell(hits.lost)}; after it: ${tell(hits.delivered)}`);
}

async function cutOnce(
  { proxies, instances, more }: Arena,
  { peer, pattern, towards, lost }: Moment,
  deliver: boolean,
): Promise<ServiceName> {
  const watch = new LogWatch({ instances });
  const cut = proxies[peer].cutAfter(pattern, { towards, deliver });
  // Work goes on, so that the pattern passes sooner or later.
  await Promise.all([cut.fired, more(1)]);
  return await watch.saidByOne(lost);
}

function noHits(): Record<ServiceName, number> {
  return Object.fromEntries(services.map((service) => [service, 0])) as Record<ServiceName, number>;
}

function tell(hits: Record<ServiceName, number>): string {
  return services.map((service) => `${service} ${hits[service]}`).join(', ');
}
