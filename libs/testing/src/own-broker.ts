import type { TestBroker } from './rabbitmq';
import { startServerHost } from './server-host';

/** A broker of a spec's own, for what it cannot do to the one that all share. */
export interface OwnBroker extends TestBroker {
  /** As a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** With the same data and ports; resolves when it takes connections. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until `resume`. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Runs rabbitmqctl. */
  control(...args: string[]): Promise<void>;
  /** Ends it and removes its files. */
  end(): Promise<void>;
}

/** Starts a broker of the series that WAYBILL_TEST_BROKER names (default 4.3), or of another one. Takes a few seconds. */
export async function startOwnBroker(version = process.env.WAYBILL_TEST_BROKER ?? '4.3'): Promise<OwnBroker> {
  const { ask, end } = startServerHost();
  const { amqpUrl, managementUrl } = await ask({ do: 'start', kind: 'rabbitmq', version });
  const act = (action: string) => async () => {
    await ask({ do: action });
  };
  return {
    amqpUrl: amqpUrl as string,
    managementUrl: managementUrl as string,
    kill: act('kill'),
    stop: act('stop'),
    start: act('start'),
    suspend: act('suspend'),
    resume: act('resume'),
    control: async (...args) => {
      await ask({ do: 'control', args });
    },
    end,
  };
}
