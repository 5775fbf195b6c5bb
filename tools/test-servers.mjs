// Jest's globalSetup: one real Postgres and one real RabbitMQ for all specs, private to this run.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WORKSPACE } from './clone.mjs';

const HOST = fileURLToPath(new URL('./servers/server-host.mjs', import.meta.url));

/** @type {ReturnType<typeof startHost> | undefined} */
let host;

/**
 * Sets, for each server that is not named already,
 * - WAYBILL_TEST_POSTGRES_URL (superuser; without flushing to disk)
 * - WAYBILL_TEST_RABBITMQ_URL, WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL (administrator), WAYBILL_TEST_RABBITMQ_QUEUE_TYPE (what `RABBITMQ_QUEUE_TYPE`
 *   must be for this broker)
 *
 * WAYBILL_TEST_BROKER chooses the broker's series: 4.3 (default), 4.0 or 3.10. The servers end with this process, however it ends.
 */
export default async function startTestServers() {
  const { WAYBILL_TEST_POSTGRES_URL, WAYBILL_TEST_RABBITMQ_URL, WAYBILL_TEST_BROKER = '4.3' } = process.env;
  if (WAYBILL_TEST_POSTGRES_URL && WAYBILL_TEST_RABBITMQ_URL) return;
  const own = startHost();
  host = own;
  try {
    const [postgres, rabbit] = await Promise.all([
      WAYBILL_TEST_POSTGRES_URL ? undefined : own.ask({ name: 'postgres', do: 'start', kind: 'postgres' }),
      WAYBILL_TEST_RABBITMQ_URL
        ? undefined
        : own.ask({ name: 'rabbitmq', do: 'start', kind: 'rabbitmq', version: WAYBILL_TEST_BROKER }),
    ]);
    if (postgres) process.env.WAYBILL_TEST_POSTGRES_URL = postgres.url;
    if (rabbit) {
      process.env.WAYBILL_TEST_RABBITMQ_URL = rabbit.amqpUrl;
      process.env.WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL = rabbit.managementUrl;
      process.env.WAYBILL_TEST_RABBITMQ_QUEUE_TYPE = rabbit.queueType;
    }
  } catch (error) {
    await own.end();
    throw error;
  }
}

export async function stopTestServers() {
  await host?.end();
}

/** A process of its own, which outlives this one for as long as it takes to end the servers. */
function startHost() {
  const child = spawn(process.execPath, [HOST, join(WORKSPACE, `test-${process.pid}`)], {
    detached: true, // a Ctrl-C in the terminal is not for it
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  /** @type {Map<number, (answer: { result?: Record<string, string>, error?: string }) => void>} */
  const waiting = new Map();
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      const { id, progress, ...answer } = JSON.parse(line);
      if (progress) process.stderr.write(`test servers: ${progress}\n`);
      else waiting.get(id)?.(answer);
    })
    .on('close', () => {
      for (const settle of waiting.values()) settle({ error: 'the host of the test servers has ended' });
    });
  return {
    /** @param {object} request @returns {Promise<Record<string, string>>} */
    ask: (request) =>
      new Promise((resolve, reject) => {
        const id = waiting.size + 1;
        waiting.set(id, ({ result, error }) => (result ? resolve(result) : reject(new Error(error))));
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      }),
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
}
