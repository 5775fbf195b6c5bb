import type { OwnClusterOptions, OwnPostgresOptions } from '@waybill/testing';
import type { Arena } from './arena';

/** In the order in which they run, from one process to everything at once. */
export const families = [
  'crash-points',
  'broker',
  'cluster',
  'network',
  'postgres',
  'messages',
  'time-and-load',
  'shutdown',
] as const;

export type Family = (typeof families)[number];

/** One way in which things go wrong. Around it the suite keeps up a load, and afterwards nothing may be lost, doubled or stuck. */
export interface Scenario {
  /** In kebab-case, unique. */
  readonly name: string;
  readonly family: Family;
  /** One line: what is done to the system. */
  readonly does: string;
  /** It is part of the short form, which `npm run test:all` runs. */
  readonly isShort?: boolean;
  /** Environment of the services; `PAYMENT_RETRY_BASE` is for payment alone. */
  readonly env?: Readonly<Record<string, string>>;
  /** Processes of each service. Default 1. */
  readonly instances?: number;
  /** Placed a second around it. Default 10. 0: the scenario places its own. */
  readonly rate?: number;
  /** Seconds in which all must have ended once the fault is healed, without anybody's help. Default 90, which is three leases. */
  readonly recoversWithin?: number;
  /** Proxies between the services and their servers: `arena.proxies`. */
  readonly isProxied?: boolean;
  /** A Postgres of its own, that can be hurt in this way. */
  readonly postgres?: OwnPostgresOptions;
  /** Three brokers in place of one, behind a proxy that finds one that lives: `arena.cluster`. `netTicktime` as of startOwnCluster. */
  readonly cluster?: Pick<OwnClusterOptions, 'network' | 'netTicktime'>;
  /** What it needs and cannot have here (root, Linux, a newer broker), as the reason to skip it. @param broker its series */
  readonly missing?: (broker: string) => string | undefined | Promise<string | undefined>;
  /** Brings the fault about and heals it, under the load. When it resolves, all is as it was, but for what the system itself must mend. */
  run(arena: Arena): Promise<void>;
}
