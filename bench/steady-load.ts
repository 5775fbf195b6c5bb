import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const order = JSON.stringify({
  customerId: 'customer-7',
  lines: [
    { sku: 'mug', quantity: 2 },
    { sku: 'pencil', quantity: 1 },
  ],
  payment: { token: 'tok_approved' },
});

/** Milliseconds of each request, from when it was due: one that waits for others counts its wait. */
export interface Latencies {
  readonly post: number[];
  readonly read: number[];
}

export interface SteadyLoad {
  /** Of order services that get the same, each in its turn, so that whatever the machine does hits all alike. */
  readonly urls: readonly string[];
  /** POST /orders a second to each, each followed by a GET. */
  readonly rate: number;
  /** What is asked for of an order that was placed: a path. Not asked while the answer to the last one is awaited. */
  readonly read: (orderId: string) => string;
  /** Stops when it is aborted. */
  readonly signal: AbortSignal;
}

/** One of the services that are asked. */
interface Side {
  readonly url: string;
  readonly latencies: Latencies;
  orderId: string | undefined;
  isReading: boolean;
}

/**
 * Asks at a fixed rate, however long the answers take.
 * @returns of each URL, when all is answered
 * @throws Error when an answer is not as it should be.
 */
export async function steadyLoad({ urls, rate, read, signal }: SteadyLoad): Promise<Latencies[]> {
  const agent = new Agent({ keepAlive: true });
  const sides = urls.map(
    (url): Side => ({ url, latencies: { post: [], read: [] }, orderId: undefined, isReading: false }),
  );
  const asked: Promise<void>[] = [];
  let failure: Error | undefined;
  const interval = 1000 / rate / sides.length / 2;
  const began = performance.now();
  for (let turn = 0; !signal.aborted && failure === undefined; turn++) {
    const due = began + turn * interval;
    await pause(Math.max(0, due - performance.now()));
    const side = sides[Math.floor(turn / 2) % sides.length] as Side;
    const asking = turn % 2 === 0 ? place(agent, side, due) : lookUp(agent, side, due, read);
    asked.push(
      asking.catch((error: Error) => {
        failure ??= error;
      }),
    );
  }
  await Promise.all(asked);
  agent.destroy();
  if (failure !== undefined) throw failure;
  return sides.map(({ latencies }) => latencies);
}

async function place(agent: Agent, side: Side, due: number): Promise<void> {
  const location = await ask(agent, 'POST', `${side.url}/orders`, 201);
  side.latencies.post.push(performance.now() - due);
  side.orderId = location?.split('/').at(-1);
}

async function lookUp(agent: Agent, side: Side, due: number, read: SteadyLoad['read']): Promise<void> {
  if (side.orderId === undefined || side.isReading) return;
  side.isReading = true;
  await ask(agent, 'GET', `${side.url}${read(side.orderId)}`, 200);
  side.isReading = false;
  side.latencies.read.push(performance.now() - due);
}

/** @returns where the answer says that the order is */
async function ask(agent: Agent, method: 'GET' | 'POST', url: string, expected: number): Promise<string | undefined> {
  return await new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const asking = request(url, { agent, method, headers: method === 'POST' ? headers : {} }, (answer) => {
      answer.resume();
      answer.on('error', failed);
      answer.on('end', () => {
        if (answer.statusCode === expected) done(answer.headers.location);
        else failed(new Error(`${method} ${url} was answered with ${answer.statusCode}`));
      });
    });
    asking.on('error', failed);
    asking.end(method === 'POST' ? order : undefined);
  });
}
