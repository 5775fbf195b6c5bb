import { createRequire } from 'node:module';
import { Refusal } from '../change-set.mjs';

/** Stands for an id until the code is written. */
const ID = '01890000-0000-7000-8000-000000000000';

/**
 * Makes up a payload that an event's schema accepts.
 * @param {string} type
 * @param {any} schema of zod
 * @returns {string} as code, in which `uuidv7()` makes ids
 * @throws Refusal when it cannot
 */
export function exampleData(type, schema) {
  const { z } = createRequire(import.meta.url)('zod');
  const data = exampleOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), type);
  const { success, error } = schema.safeParse(data);
  if (!success) {
    throw new Refusal(
      `No example of ${type} can be made up for the test, which says:\n${z.prettifyError(error)}\nWrite this consumer by hand: docs/add-a-consumer.md. Nothing was written.`,
    );
  }
  return JSON.stringify(data).replaceAll(`"${ID}"`, 'uuidv7()');
}

/**
 * @param {any} schema of JSON
 * @param {string} name of what it is for
 * @returns {unknown}
 */
function exampleOf(schema, name) {
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices)
    return exampleOf(choices.find((/** @type {any} */ choice) => choice.type !== 'null') ?? choices[0], name);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((/** @type {string} */ key) => [key, exampleOf(schema.properties[key], key)]),
      );
    case 'array':
      return Array.from({ length: Math.max(schema.minItems ?? 1, 1) }, () => exampleOf(schema.items ?? {}, name));
    case 'integer':
    case 'number':
      return exampleNumber(schema);
    case 'boolean':
      return true;
    case 'string':
      return exampleText(schema, name);
    default:
      return null;
  }
}

/** @param {any} schema */
function exampleNumber({ minimum, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER }) {
  const least = Math.max(minimum ?? 1, exclusiveMinimum === undefined ? 1 : exclusiveMinimum + 1);
  return Math.min(least, maximum);
}

/** @param {any} schema @param {string} name */
function exampleText({ format, minLength = 0, maxLength = 1_000 }, name) {
  if (format === 'uuid') return ID;
  if (format === 'date-time') return '2030-01-31T12:00:00.000Z';
  if (format === 'date') return '2030-01-31';
  if (format === 'email') return 'ada@example.com';
  if (format === 'uri') return 'https://example.com/';
  return name.padEnd(minLength, '-').slice(0, maxLength);
}
