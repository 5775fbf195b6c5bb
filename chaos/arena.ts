import type { ServiceName } from '@waybill/contracts';
import { services } from '@waybill/contracts';
import type { FaultProxy, OwnBrokerNode, OwnCluster, OwnPostgres, ServiceProcess, System } from '@waybill/testing';
import type { Expected } from './ledger';
import type { Load } from './load';
import type { Random } from './random';

/** How long long scenarios go on: minutes for what is meant to take its time. */
export interface Pace {
  readonly minutes: number;
}

/** What a scenario works with: a whole system of real processes on real servers, under load. */
export interface Arena {
  readonly system: System;
  /** The only one, or the first of the cluster. */
  readonly broker: OwnBrokerNode;
  /** Of a scenario with `cluster`. */
  readonly cluster: OwnCluster;
  readonly postgres: OwnPostgres;
  /** Of what is not the system's, such as a payment gateway's books. */
  readonly foreign: OwnPostgres;
  /** Of a scenario with `isProxied` or `cluster`. */
  readonly proxies: { readonly broker: FaultProxy; readonly postgres: FaultProxy };
  readonly load: Load;
  readonly random: Random;
  readonly pace: Pace;
  /** What may be left at the end. A scenario counts up what it asks for. */
  readonly expected: { -readonly [What in keyof Expected]: number };
  /** The fault is over, and what follows in the scenario waits for the system to mend itself. The report's time of recovery counts from the last call. */
  healed(): void;
  /** Every process of a service, the ones that were started beside it among them. */
  instances(service: ServiceName): readonly ServiceProcess[];
  /** One more process of a service. */
  startAnother(service: ServiceName, environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** A line of progress, and of what the report says of this run. */
  say(line: string): void;
  /** Resolves when so many requests more than now were answered; a fault may make that take its time. @param within milliseconds */
  more(count: number, within?: number): Promise<void>;
}

/** Every process of every service. */
export function everyProcess(arena: Arena): ServiceProcess[] {
  return services.flatMap((service) => [...arena.instances(service)]);
}
