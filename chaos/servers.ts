import { join } from 'node:path';
import {
  type OwnBrokerNode,
  type OwnCluster,
  type OwnPostgres,
  startOwnBroker,
  startOwnCluster,
  startOwnPostgres,
} from '@waybill/testing';
import type { Scenario } from './scenario';

interface Server {
  /** @param keepIn where its files go, in place of being removed. */
  end(keepIn?: string): Promise<void>;
}

/** What one scenario runs on. */
export interface ScenarioServers {
  /** The only one, or the first of the cluster. */
  readonly broker: OwnBrokerNode;
  readonly cluster: OwnCluster | undefined;
  readonly postgres: OwnPostgres;
  /** For what is not the system's, such as a payment gateway's books. */
  readonly foreign: OwnPostgres;
}

/**
 * The servers that one scenario after the other runs on, each with a database and a virtual host of its own. What a scenario has alone ends
 * with it; what a failed scenario ran on is kept, and the next one gets new ones.
 */
export class Servers {
  private readonly shared = new Map<string, Promise<Server>>();
  private own = new Map<string, Promise<Server>>();

  /** Starts what a scenario needs and is not there. */
  async for({ cluster: clustered, postgres: options }: Scenario): Promise<ScenarioServers> {
    const [cluster, alone, postgres, foreign] = await Promise.all([
      clustered && this.start(this.own, 'cluster', () => startOwnCluster(clustered)),
      clustered ? undefined : this.start(this.shared, 'broker', () => startOwnBroker()),
      options
        ? this.start(this.own, 'postgres', () => startOwnPostgres(options))
        : this.start(this.shared, 'postgres', () => startOwnPostgres()),
      this.start(this.shared, 'foreign', () => startOwnPostgres()),
    ]);
    const broker = alone ?? cluster?.nodes[0];
    if (!broker) throw new Error('A cluster has no node');
    return { broker, cluster, postgres, foreign };
  }

  /** After a scenario that passed. */
  async endOwn(): Promise<void> {
    await this.endAll(this.own);
  }

  /** After a scenario that failed: moves all files there. */
  async keepAll(folder: string): Promise<void> {
    await Promise.all([this.endAll(this.own, folder), this.endAll(this.shared, folder)]);
  }

  async end(): Promise<void> {
    await Promise.all([this.endAll(this.own), this.endAll(this.shared)]);
  }

  private start<Started extends Server>(
    group: Map<string, Promise<Server>>,
    name: string,
    start: () => Promise<Started>,
  ): Promise<Started> {
    const started = group.get(name) ?? start();
    group.set(name, started);
    return started as Promise<Started>;
  }

  private async endAll(group: Map<string, Promise<Server>>, folder?: string): Promise<void> {
    const all = [...group];
    group.clear();
    await Promise.all(
      all.map(async ([name, started]) => {
        const server = await started.catch(() => undefined);
        await server?.end(folder && join(folder, name));
      }),
    );
  }
}
