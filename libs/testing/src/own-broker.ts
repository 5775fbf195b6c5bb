import type { TestBroker } from './rabbitmq';
import { startServerHost } from './server-host';

/** A broker of a spec's own, for what it cannot do to the one that all share. */
export interface OwnBroker extends TestBroker {
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
  /** Ends it and removes its files. */
  end(): Promise<void>;
}

/** Starts a broker of the series that WAYBILL_TEST_BROKER names (default 4.3), or of another one. Takes a few seconds. */
export async function startOwnBroker(version = process.env.WAYBILL_TEST_BROKER ?? '4.3'): Promise<OwnBroker> {
  const { ask, act, end } = startServerHost();
  try {
    const { amqpUrl, managementUrl } = await ask<TestBroker>({ do: 'start', kind: 'rabbitmq', version });
    return {
      amqpUrl,
      managementUrl,
      kill: act('kill'),
      stop: act('stop'),
      start: act('start'),
      suspend: act('suspend'),
      resume: act('resume'),
      control: (...args) => ask<string>({ do: 'control', args }),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
