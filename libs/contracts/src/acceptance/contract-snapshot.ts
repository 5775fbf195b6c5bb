import type { Catalogue } from '../define-catalogue';
import { type JsonSchema, payloadSchema } from '../payload-schema';
import type { ServiceName } from '../services';

/** What the contracts say of one event, as far as others depend on it. */
export interface ContractRecord {
  readonly version: number;
  readonly producer: ServiceName;
  readonly consumers: readonly ServiceName[];
  readonly payload: JsonSchema;
}

/** The contracts of one moment, by event type. */
export type ContractSnapshot = { readonly [type: string]: ContractRecord };

/** Keywords that tell a person something, and decide nothing about a message. */
const annotations = new Set(['title', 'description', 'examples', 'default', 'deprecated', 'readOnly', '$comment']);
/** Keywords that hold schemas by names. */
const schemasByName = new Set(['properties', 'patternProperties', 'definitions']);
/** Keywords that hold values, in no order. */
const valueLists = new Set(['required', 'enum', 'type']);

/**
 * The contracts of today, in a form that is the same whenever they mean the same: sorted, and without what only tells a person something.
 * @throws Error when an event's payload has no JSON Schema; see {@link payloadSchema}.
 */
export function snapshotOf(catalogue: Catalogue): ContractSnapshot {
  return Object.fromEntries(
    [...catalogue.entries]
      .sort((one, other) => compareText(one.event.type, other.event.type))
      .map(({ producer, event }) => [
        event.type,
        {
          version: event.version,
          producer,
          consumers: [...event.consumers].sort(compareText),
          payload: canonical(payloadSchema(event)) as JsonSchema,
        },
      ]),
  );
}

function canonical(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(canonical);
  if (typeof schema !== 'object' || schema === null) return schema;
  return mapValues(schema, (value, keyword) => {
    if (annotations.has(keyword)) return undefined;
    if (keyword === 'const') return value;
    if (valueLists.has(keyword)) return Array.isArray(value) ? sortedByText(value) : value;
    if (schemasByName.has(keyword)) return mapValues(value as object, canonical);
    return canonical(value);
  });
}

/** Sorted by name, without what is undefined. */
function mapValues(object: object, map: (value: unknown, name: string) => unknown): object {
  const mapped = Object.entries(object).map(([name, value]) => [name, map(value, name)] as const);
  return Object.fromEntries(
    mapped.filter(([, value]) => value !== undefined).sort(([one], [other]) => compareText(one, other)),
  );
}

function sortedByText(values: readonly unknown[]): unknown[] {
  return [...values].sort((one, other) => compareText(JSON.stringify(one), JSON.stringify(other)));
}

/** By code units: the same on every machine. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
