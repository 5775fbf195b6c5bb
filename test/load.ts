import { setTimeout as pause } from 'node:timers/promises';
import { Recorder, type System } from '@waybill/testing';
import { placeOrder } from './orders';

/** Enough to last through what a spec does meanwhile, and bounded, so that a slow machine is not given more to do. */
const mostOrders = 50;

/** Milliseconds. A steady load, that leaves the machine to the servers as well. */
const betweenOrders = 75;

/** Orders placed one after the other by each of some customers, until stopped; at most 50. */
export interface Load {
  /** Resolves when so many more have been placed since this call. */
  more(count: number): Promise<void>;
  /** Resolves, when no order is under way any more, with the ids of all that were answered with 201. */
  stop(): Promise<string[]>;
}

export interface LoadOptions {
  readonly customers?: number;
  /** The order service is going to be ended: a customer who gets no answer leaves. Else it is an error. */
  readonly untilRefused?: boolean;
}

export function startLoad(system: System, { customers = 3, untilRefused = false }: LoadOptions = {}): Load {
  const placed = new Recorder<string>();
  let stopping = false;
  const customer = async () => {
    while (!stopping && placed.values.length < mostOrders) {
      try {
        placed.record(await placeOrder(system));
      } catch (error) {
        if (untilRefused && wasRefused(error)) return;
        throw error;
      }
      await pause(betweenOrders);
    }
  };
  const all = Promise.all(Array.from({ length: customers }, customer));
  all.catch(() => {
    // Thrown again by stop().
  });
  return {
    more: async (count) => {
      await Promise.race([placed.first(placed.values.length + count), all]);
    },
    stop: async () => {
      stopping = true;
      await all;
      return placed.values;
    },
  };
}

/** fetch says so when there was no connection, or none any more. */
function wasRefused(error: unknown): boolean {
  return (error as Error).message === 'fetch failed';
}
