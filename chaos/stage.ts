import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ServiceName, services } from '@waybill/contracts';
import {
  collectOnSigwinch,
  eventually,
  type FaultProxy,
  type OwnBrokerNode,
  type OwnCluster,
  type OwnPostgres,
  preload,
  type ServiceProcess,
  type System,
  startFaultProxy,
  startSystem,
} from '@waybill/testing';
import type { Arena, Pace } from './arena';
import { domainEnvironment, secrets } from './domain';
import { type DomainLedger, openDomainLedger } from './domain-ledger';
import { type Breach, findBreaches, openLedger } from './ledger';
import { Load } from './load';
import { Random } from './random';
import type { Scenario } from './scenario';
import type { ScenarioServers } from './servers';

/** Milliseconds. A younger quorum queue loses everything when its only node is killed, whatever was confirmed (all versions; measured). */
const queueMaturity = 1_500;

/** Short, so that retries and overdue receipts happen within a run. docs/faults.md tells what else is not as it is shipped. */
const settings = { RETRY_BASE: '200ms', OVERDUE_AFTER: '3s' };

/** Milliseconds in which requests are answered while a fault lasts. */
const patience = 60_000;

export interface StageOptions {
  readonly scenario: Scenario;
  readonly servers: ScenarioServers;
  readonly seed: number;
  readonly pace: Pace;
  readonly say: (line: string) => void;
}

/** The system that one scenario attacks, from its start to its end. */
export class Stage implements Arena {
  readonly expected = { dead: 0, unreadable: 0, parked: 0 };
  readonly random: Random;
  readonly pace: Pace;
  readonly load: Load;
  readonly say: (line: string) => void;
  readonly broker: OwnBrokerNode;
  readonly postgres: OwnPostgres;
  readonly foreign: OwnPostgres;
  /** When the scenario said so last, as of performance.now(). */
  healedAt: number | undefined;
  private readonly others: ServiceProcess[] = [];
  private started: System | undefined;
  private domain: DomainLedger | undefined;
  private between: Arena['proxies'] | undefined;

  constructor(private readonly options: StageOptions) {
    const { scenario, servers, seed, pace, say } = options;
    this.random = new Random(seed, scenario.name);
    this.pace = pace;
    this.say = say;
    this.broker = servers.broker;
    this.postgres = servers.postgres;
    this.foreign = servers.foreign;
    this.load = new Load({
      entries: () => this.instances('order'),
      // Numbers of its own: how many it has taken when the scenario takes one depends on the machine.
      random: new Random(seed, scenario.name, 'load'),
      rate: scenario.rate ?? 10,
    });
  }

  get system(): System {
    if (!this.started) throw new Error('The system has not been started');
    return this.started;
  }

  get cluster(): OwnCluster {
    const { cluster } = this.options.servers;
    if (!cluster) throw new Error(`${this.options.scenario.name} asks for no cluster`);
    return cluster;
  }

  get proxies(): { readonly broker: FaultProxy; readonly postgres: FaultProxy } {
    if (!this.between) throw new Error(`${this.options.scenario.name} asks for no proxies`);
    return this.between;
  }

  readonly healed = (): void => {
    this.healedAt = performance.now();
  };

  // Bound, as `more`: scenarios take them apart.
  readonly instances = (service: ServiceName): readonly ServiceProcess[] => [
    this.system[service],
    ...this.others.filter(({ name }) => name === service),
  ];

  /** Starts everything, and the load; resolves when the first requests are answered. */
  async open(): Promise<void> {
    const { scenario, servers } = this.options;
    const { broker, cluster, postgres, foreign } = servers;
    const domain = await openDomainLedger(foreign.url);
    this.domain = domain;
    if (scenario.isProxied || cluster) {
      this.between = {
        broker: await startFaultProxy((cluster?.nodes ?? [broker]).map(({ amqpUrl }) => address(amqpUrl))),
        postgres: await startFaultProxy(address(postgres.url)),
      };
    }
    this.started = await startSystem({
      broker,
      postgresUrl: postgres.url,
      via: this.between,
      env: {
        ...settings,
        ...domainEnvironment,
        ...domain.env,
        ...preload([collectOnSigwinch()]),
        ...scenario.env,
      },
      prepare: async (system) => {
        await openLedger(system);
        await domain.open(system);
      },
    });
    for (const secret of secrets) this.started.secrets.add(secret);
    for (let beside = 1; beside < (scenario.instances ?? 1); beside++) {
      await Promise.all(services.map((service) => this.startAnother(service)));
    }
    await pause(queueMaturity);
    this.load.start();
    if (scenario.rate !== 0) await this.more(10);
  }

  readonly startAnother: System['startAnother'] = async (service, environment) => {
    const another = await this.system.startAnother(service, environment);
    this.others.push(another);
    return another;
  };

  readonly more = async (count: number, within = patience): Promise<void> => {
    const wanted = this.load.placed + count;
    await eventually(
      `${count} more requests are answered`,
      () => {
        if (this.load.placed < wanted) throw new Error(`${wanted - this.load.placed} are not`);
      },
      within,
    );
  };

  /** Every breach that the databases show. */
  async findBreaches(): Promise<Breach[]> {
    await this.domain?.copy(this.system);
    return await findBreaches(this.system, { answered: this.load.answered, expected: this.expected });
  }

  /**
   * Ends the system, and removes it unless something is wrong.
   * @param options.keep whether it is known already that something is
   * @param options.logs a folder that then gets the logs
   * @returns what processes did and must not
   */
  async close({ keep, logs }: { readonly keep: boolean; readonly logs: string }): Promise<Breach[]> {
    await this.load.stop(0);
    const breaches = this.started ? await end(this.started, keep) : [];
    const isKept = keep || breaches.length > 0;
    if (isKept) this.keepLogs(logs);
    await Promise.all(Object.values(this.between ?? {}).map((proxy) => proxy.end()));
    if (!isKept) await this.domain?.end();
    return breaches;
  }

  private keepLogs(folder: string): void {
    if (!this.started) return;
    mkdirSync(folder, { recursive: true });
    for (const service of services) {
      for (const [index, { output }] of this.instances(service).entries()) {
        writeFileSync(join(folder, `${service}-${index + 1}.log`), `${output.values.join('\n')}\n`);
      }
    }
  }
}

/** @returns I10 and I11, as far as the processes have told it themselves; without any, and unless it is to be kept, the system is removed */
async function end(system: System, keep: boolean): Promise<Breach[]> {
  const breach = (invariant: string) => (detail: string) => ({ invariant, harm: 'illegal', detail }) as const;
  try {
    const { faults, leaks } = await system.stop();
    const breaches = [...faults.map(breach('I10')), ...leaks.map(breach('I11'))];
    if (!keep && breaches.length === 0) await system.remove();
    return breaches;
  } catch (error) {
    return [breach('I10')(`the system did not end: ${(error as Error).message}`)];
  }
}

function address(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
