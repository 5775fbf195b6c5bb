import type { z } from 'zod';
import type { ServiceName } from './services';

/** A fact that one service tells others. Its producer is named in the catalogue, so that this file says only what the fact is. */
export interface EventContract<Schema extends z.ZodType = z.ZodType> {
  /** Routing key and name: `aggregate.fact`, lower case, words joined by hyphens. */
  readonly type: string;
  /** Raised when a consumer of the old version could not read the new one. */
  readonly version: number;
  /** Who owes a receipt for it. At least one. */
  readonly consumers: readonly ServiceName[];
  readonly schema: Schema;
  /** The id of the thing that the fact is about. The first message about it also takes this id as its correlation id. */
  aggregate(data: z.infer<Schema>): string;
}

/** The payload of an event, as its schema gives it. */
export type EventData<Event extends EventContract> = z.infer<Event['schema']>;

const typePattern = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;

/**
 * Defines an event contract.
 * @throws Error when the type is not `aggregate.fact`, the version is not a positive whole number, or no consumer is named.
 */
export function defineEvent<const Schema extends z.ZodType>(contract: EventContract<Schema>): EventContract<Schema> {
  if (!typePattern.test(contract.type)) {
    throw new Error(`Event type "${contract.type}" is not of the form aggregate.fact, for example order.placed`);
  }
  if (!Number.isInteger(contract.version) || contract.version < 1) {
    throw new Error(`Event ${contract.type}: version ${contract.version} is not a positive whole number`);
  }
  if (contract.consumers.length === 0) {
    throw new Error(`Event ${contract.type} names no consumer: an event that nobody signs for is not recorded`);
  }
  if (new Set(contract.consumers).size < contract.consumers.length) {
    throw new Error(`Event ${contract.type} names a consumer twice`);
  }
  return Object.freeze(contract);
}
