import type { TestBroker } from './rabbitmq';
import { type ServerHost, startServerHost } from './server-host';

/** A broker of a spec's own, for what it cannot do to the one that all share. */
export interface OwnBroker extends OwnBrokerNode {
  /** Ends it and removes its files. @param keepIn a folder that gets them instead */
  end(keepIn?: string): Promise<void>;
}

/** A broker, or a node of a cluster, and what is done to it. */
export interface OwnBrokerNode extends TestBroker {
  /** As a power cut would. A quorum queue that is younger than about a second loses everything by it, what was confirmed included. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** With the same data and ports; resolves when it takes connections. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until `resume`. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Runs rabbitmqctl, answers its output. */
  control(...args: string[]): Promise<string>;
}

/** Starts a broker of the series that WAYBILL_TEST_BROKER names (default 4.3), or of another one. Takes a few seconds. */
export async function startOwnBroker(version = process.env.WAYBILL_TEST_BROKER ?? '4.3'): Promise<OwnBroker> {
  const host = startServerHost();
  try {
    const broker = await host.ask<TestBroker>({ do: 'start', kind: 'rabbitmq', version });
    return { ...brokerNode(host, broker), end: host.end };
  } catch (error) {
    await host.end();
    throw error;
  }
}

/** @param node its index in a cluster */
export function brokerNode({ ask, act }: ServerHost, broker: TestBroker, node?: number): OwnBrokerNode {
  return {
    queueType: broker.queueType,
    amqpUrl: broker.amqpUrl,
    managementUrl: broker.managementUrl,
    kill: act('kill', node),
    stop: act('stop', node),
    start: act('start', node),
    suspend: act('suspend', node),
    resume: act('resume', node),
    control: (...args) => ask<string>({ do: 'control', node, args }),
  };
}
