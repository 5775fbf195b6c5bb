import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestBroker } from './rabbitmq';

const serverHost = resolve(__dirname, '../../../tools/servers/server-host.mjs');

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
  const child = spawn(process.execPath, [serverHost, join(tmpdir(), `waybill-broker-${randomUUID()}`)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ask = dialogue(child);
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
    end: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.stdin?.end();
      await ended;
    },
  };
}

type Answer = { id?: number; result?: Record<string, unknown> | null; error?: string };

/** Requests and answers as lines of JSON over the process's stdin and stdout. */
function dialogue(child: ChildProcess): (request: object) => Promise<Record<string, unknown>> {
  const open = new Map<number, (answer: Answer) => void>();
  let requests = 0;
  if (child.stdout === null) throw new Error('The server host has no stdout');
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.id !== undefined) open.get(answer.id)?.(answer);
    })
    .on('close', () => {
      for (const settle of open.values()) settle({ error: 'The server host has ended' });
    });
  return (request) =>
    new Promise((done, fail) => {
      const id = ++requests;
      open.set(id, ({ result, error }) => (error === undefined ? done(result ?? {}) : fail(new Error(error))));
      child.stdin?.write(`${JSON.stringify({ id, name: 'broker', ...request })}\n`);
    });
}
