import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EventContract } from './define-event';

/** JSON Schema, draft 7. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * What a message of this event carries, as JSON Schema: what a consumer takes. Fields that it does not name are ignored, unless it says
 * otherwise. A refinement is a function, and is not in it.
 * @throws Error when the schema takes or gives what JSON cannot hold, or gives something else than it takes: a message is written and read
 * with the same schema, so that what comes out at the producer must go in at the consumer.
 */
export function payloadSchema({ type, schema }: EventContract): JsonSchema {
  const taken = jsonSchemaOf(type, schema, 'input');
  if (!isDeepStrictEqual(shapeOf(taken), shapeOf(jsonSchemaOf(type, schema, 'output')))) {
    throw new Error(
      `${type}: its schema gives something else than it takes, and a consumer could not read what the producer wrote. ` +
        'Take the transformation, pipe or codec out of the contract, and do it in the handler.',
    );
  }
  return taken;
}

function jsonSchemaOf(type: string, schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  try {
    const { $schema: _, ...rest } = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io, target: 'draft-07' })));
    return rest;
  } catch (error) {
    throw new Error(
      `${type}: its schema has no JSON Schema (${(error as Error).message}), and a message is JSON. ` +
        'Use what JSON can hold, for example z.iso.datetime() in place of z.date(), and do transformations in the handler.',
      { cause: error },
    );
  }
}

/** Without the two things in which giving and taking may differ: a default fills a field in, and what is not named is stripped. */
function shapeOf(schema: JsonSchema): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'required' || (key === 'additionalProperties' && value === false) ? undefined : value,
    ),
  );
}
