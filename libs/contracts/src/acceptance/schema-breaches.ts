import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../payload-schema';

/** Keywords that hold one schema, with what they add to the path. */
const single = new Map([
  ['items', '[]'],
  ['additionalProperties', '.*'],
]);
/** Keywords that hold schemas in a list, in which a schema's place says which it is. */
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'items']);
/** Keywords that are judged field by field. */
const fieldwise = new Set(['properties', 'required']);

/**
 * Why builds with one schema and builds with the other could not all read each other's messages; nothing if they can. Services are
 * deployed one by one, so both directions count, and what is left is little: an object that ignores what it does not know may get one more
 * optional field. Everything else in which the two differ is a breach, whether it is known here or not.
 * Both are as in a snapshot: without annotations, lists of values in order.
 */
export function schemaBreaches(before: JsonSchema, now: JsonSchema, path: string): string[] {
  if (!isDeepStrictEqual(before.type, now.type)) return [changed(path, 'type', before, now)];
  const keywords = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [
    ...fieldBreaches(before, now, path),
    ...[...keywords]
      .filter((keyword) => !fieldwise.has(keyword) && !isDeepStrictEqual(before[keyword], now[keyword]))
      .flatMap((keyword) => keywordBreaches(before, now, path, keyword)),
  ];
}

function keywordBreaches(before: JsonSchema, now: JsonSchema, path: string, keyword: string): string[] {
  const [was, is] = [before[keyword], now[keyword]];
  if (keyword === 'definitions') return definitionBreaches(was, is);
  const step = single.get(keyword);
  if (step && isSchema(was) && isSchema(is)) return schemaBreaches(was, is, `${path}${step}`);
  if (lists.has(keyword) && Array.isArray(was) && Array.isArray(is) && was.length === is.length) {
    return was.flatMap((schema, place) => schemaBreaches(schema, is[place], `${path}.${keyword}[${place}]`));
  }
  return [changed(path, keyword, before, now)];
}

function fieldBreaches(before: JsonSchema, now: JsonSchema, path: string): string[] {
  const names = new Set(
    [before, now].flatMap(({ properties, required = [] }) => [
      ...Object.keys(properties ?? {}),
      ...(required as string[]),
    ]),
  );
  return [...names].flatMap((name) => {
    const [was, is] = [fieldOf(before, name), fieldOf(now, name)];
    const field = `${path}.${name}`;
    if (!is) return [`${field} is gone`];
    if (was) {
      const changes = schemaBreaches(was.schema, is.schema, field);
      if (was.required !== is.required) changes.push(`${field} was ${necessity(was)}, is ${necessity(is)}`);
      return changes;
    }
    if (is.required) return [`${field} is new, and required`];
    if ('additionalProperties' in before) return [`${field} is new, where unknown fields were not simply ignored`];
    return [];
  });
}

/** References go by name, and are compared where they stand; a definition that nothing refers to any more is not missed. */
function definitionBreaches(before: unknown, now: unknown): string[] {
  return Object.entries(before ?? {}).flatMap(([name, was]) => {
    const is = isSchema(now) && Object.hasOwn(now, name) ? now[name] : undefined;
    return is === undefined ? [] : schemaBreaches(was as JsonSchema, is as JsonSchema, name);
  });
}

function fieldOf(
  { properties = {}, required = [] }: JsonSchema,
  name: string,
): { readonly schema: JsonSchema; readonly required: boolean } | undefined {
  const isRequired = (required as string[]).includes(name);
  const schema = Object.hasOwn(properties as object, name) ? (properties as JsonSchema)[name] : undefined;
  return schema || isRequired ? { schema: (schema ?? {}) as JsonSchema, required: isRequired } : undefined;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function necessity({ required }: { readonly required: boolean }): string {
  return required ? 'required' : 'optional';
}

function changed(path: string, keyword: string, before: JsonSchema, now: JsonSchema): string {
  return `${path}: ${keyword} was ${shown(before[keyword])}, is ${shown(now[keyword])}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
