import { brokerNode, type OwnBrokerNode } from './own-broker';
import type { TestBroker } from './rabbitmq';
import { startServerHost } from './server-host';

/** A cluster of brokers of a spec's own. Each node has an address and data of its own; all have the same administrator. */
export interface OwnCluster {
  /** After all were killed, start them together: one alone may wait for a majority. */
  readonly nodes: readonly OwnBrokerNode[];
  /**
   * Index of the node that leads a quorum queue. Waits while none does; nodes that do not run, are suspended or cut off are not asked.
   * Takes a second or two.
   */
  leaderOf(vhost: string, queue: string): Promise<number>;
  /**
   * A network partition: nothing passes between the node and the others any more, and none of them is told. Clients and `control`
   * reach it still. Only with `network: 'namespaces'`.
   */
  cutOff(node: number): Promise<void>;
  rejoin(node: number): Promise<void>;
  /** Ends it and removes its networks and files. @param keepIn a folder that gets the files instead */
  end(keepIn?: string): Promise<void>;
}

export interface OwnClusterOptions {
  /** How many; default 3. */
  readonly nodes?: number;
  /**
   * Where they live: `loopback` (default) gives each an address of this machine, see `whyImpossible('cluster')`; with `namespaces` each has a
   * network of its own and can be cut off, see `whyImpossible('partition')`.
   */
  readonly network?: 'loopback' | 'namespaces';
  /** Seconds until a node takes a silent one for gone; default 60, as RabbitMQ's. */
  readonly netTicktime?: number;
}

/** Starts RabbitMQ 4.3, whatever WAYBILL_TEST_BROKER says. Takes about ten seconds. */
export async function startOwnCluster(options: OwnClusterOptions = {}): Promise<OwnCluster> {
  const host = startServerHost();
  const { ask, act, end } = host;
  try {
    const { nodes } = await ask<{ nodes: TestBroker[] }>({ do: 'start', kind: 'rabbitmq-cluster', options });
    return {
      nodes: nodes.map((node, index) => brokerNode(host, node, index)),
      leaderOf: (...args) => ask<number>({ do: 'leaderOf', args }),
      cutOff: act('cutOff'),
      rejoin: act('rejoin'),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
