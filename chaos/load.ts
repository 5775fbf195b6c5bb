import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '@waybill/testing';
import { nextRequest, type Request } from './domain';
import type { Random } from './random';

/** Milliseconds. A customer who has no answer by then hangs up, and asks again. */
const patience = 10_000;

const betweenAttempts = 200;

/** Milliseconds for customers who still ask when the load is stopped. */
const lastAnswersWithin = 60_000;

/** What a customer was told at last. */
export interface Answered {
  readonly key: string;
  readonly id: string;
}

export interface LoadOptions {
  /** Processes of the service that takes requests; one that is down is asked all the same. */
  readonly entries: () => readonly ServiceProcess[];
  readonly random: Random;
  /** Requests a second. */
  readonly rate: number;
}

/**
 * Customers who come at a steady rate, whatever becomes of those before them. Each has one idempotency key, and asks again under it until
 * it is told that its order is placed: so whatever it was told counts, and whatever it was not told may or may not have happened.
 */
export class Load {
  readonly answered: Answered[] = [];
  /** What no customer may be told: a refusal of a good request, another order for the same key. */
  readonly faults: string[] = [];
  /** Milliseconds that the last attempt of each took. */
  readonly latencies: number[] = [];
  attempts = 0;
  private readonly customers = new Set<Promise<void>>();
  private readonly ending = new AbortController();
  private arrivals: Promise<void> | undefined;
  private count = 0;
  private deadline = Number.POSITIVE_INFINITY;

  constructor(private readonly options: LoadOptions) {}

  get placed(): number {
    return this.answered.length;
  }

  start(): void {
    if (this.options.rate > 0) this.arrivals = this.arrive();
  }

  /** One customer more, now. Resolves with the id of what it placed, once it was told. */
  async place(request: Request | ((key: string) => Request), key = this.nextKey()): Promise<string> {
    return await this.serve(typeof request === 'function' ? request(key) : request, key);
  }

  nextKey(): string {
    return `customer-${++this.count}`;
  }

  /** No more customers; resolves when all have their answer, or have given up. @param within milliseconds, from the first call */
  async stop(within = lastAnswersWithin): Promise<void> {
    this.deadline = Math.min(this.deadline, performance.now() + within);
    this.ending.abort();
    await this.arrivals;
    await Promise.all(this.customers);
  }

  private async arrive(): Promise<void> {
    const startedAt = performance.now();
    for (let due = 1; !this.ending.signal.aborted; due++) {
      const customer = this.serve(nextRequest(this.options.random, `customer-${this.count + 1}`), this.nextKey())
        .then(() => undefined)
        .catch((error: Error) => void this.faults.push(error.message))
        .finally(() => this.customers.delete(customer));
      this.customers.add(customer);
      const wait = startedAt + (due * 1_000) / this.options.rate - performance.now();
      if (wait > 0) await pause(wait, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  private async serve(request: Request, key: string): Promise<string> {
    const id = await this.ask(request.path, request.body, key);
    if (id === undefined) throw new Error(`${key} has had no answer when the load ended`);
    this.answered.push({ key, id });
    if (request.afterwards) await this.ask(request.afterwards(id).path, {}, undefined);
    return id;
  }

  /** Asks until it is told. @returns the id in the answer; undefined when the time is up. */
  private async ask(path: string, body: object, key: string | undefined): Promise<string | undefined> {
    for (let turn = 0; performance.now() < this.deadline; turn++) {
      const entries = this.options.entries();
      const entry = entries[(this.count + turn) % entries.length];
      const answer = entry && (await this.attempt(entry, path, body, key));
      if (answer && answer.status < 300) return answer.id;
      // A cancel that came too late was answered, too.
      if (answer && key === undefined && answer.status === 409) return '';
      const isFinal = answer && answer.status < 500 && answer.status !== 409;
      if (isFinal) throw new Error(`${path} was refused with ${answer.status}: ${answer.text}`);
      await pause(betweenAttempts);
    }
    return undefined;
  }

  private async attempt({ url }: ServiceProcess, path: string, body: object, key: string | undefined) {
    const askedAt = performance.now();
    this.attempts++;
    try {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          connection: 'close', // a customer comes once; connections kept for a minute would look like handles that a service does not give back
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patience),
      });
      const text = await response.text();
      this.latencies.push(performance.now() - askedAt);
      const id = response.ok && text !== '' ? String((JSON.parse(text) as { id: unknown }).id) : '';
      return { status: response.status, text, id };
    } catch (error) {
      if (isNoAnswer(error as Error)) return undefined;
      throw error;
    }
  }
}

/** There was no connection, or it broke, or the patience was over: the request may have been heard or not. */
function isNoAnswer({ name, message }: Error): boolean {
  return name === 'TimeoutError' || name === 'AbortError' || message === 'fetch failed' || message === 'terminated';
}
