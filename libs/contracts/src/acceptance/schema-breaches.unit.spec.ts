import { z } from 'zod';
import { defineCatalogue } from '../define-catalogue';
import { defineEvent } from '../define-event';
import type { JsonSchema } from '../payload-schema';
import { snapshotOf } from './contract-snapshot';
import { schemaBreaches } from './schema-breaches';

const id = z.string();
const tree = (further: z.ZodRawShape = {}) => {
  const node: z.ZodType = z.object({ id, ...further, children: z.lazy(() => z.array(node)) });
  return z.object({ root: node });
};
const line = (further: z.ZodRawShape = {}) => z.object({ sku: z.string(), ...further });
const union = (further: z.ZodRawShape = {}) =>
  z.object({
    by: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('card'), token: z.string() }),
      z.object({ kind: z.literal('bill'), ...further }),
    ]),
  });

describe('within a version, every build reads what every other has sent, so that', () => {
  test.each<[string, z.ZodType, z.ZodType]>([
    ['a field that is optional may come', z.object({ id }), z.object({ id, note: z.string().optional() })],
    ['a field with a default may come', z.object({ id }), z.object({ id, note: z.string().default('none') })],
    ['so may one within an object', z.object({ a: line() }), z.object({ a: line({ note: id.optional() }) })],
    ['within a list', z.object({ a: z.array(line()) }), z.object({ a: z.array(line({ note: id.optional() })) })],
    ['within a tuple', z.object({ a: z.tuple([line()]) }), z.object({ a: z.tuple([line({ note: id.optional() })]) })],
    ['within a record', z.record(id, line()), z.record(id, line({ note: id.optional() }))],
    ['within a case of a union', union(), union({ due: z.string().optional() })],
    ['within a schema that refers to itself', tree(), tree({ note: z.string().optional() })],
    [
      'within a schema with a name',
      z.object({ a: line().meta({ id: 'Named' }) }),
      z.object({ a: line({ note: id.optional() }).meta({ id: 'Named' }) }),
    ],
  ])('%s', (_what, before, now) => {
    expect(payloadOf(now)).not.toEqual(payloadOf(before));
    expect(breaches(before, now)).toEqual([]);
  });

  test.each<[string, z.ZodType, z.ZodType, string]>([
    ['a field must stay', z.object({ id, note: id }), z.object({ id }), 'payload.note is gone'],
    ['also an optional one', z.object({ id, note: z.string().optional() }), z.object({ id }), 'payload.note is gone'],
    [
      'none may come that is required',
      z.object({ id }),
      z.object({ id, note: id }),
      'payload.note is new, and required',
    ],
    [
      'none may become required',
      z.object({ id: id.optional() }),
      z.object({ id }),
      'payload.id was optional, is required',
    ],
    [
      'none may become optional',
      z.object({ id }),
      z.object({ id: id.optional() }),
      'payload.id was required, is optional',
    ],
    [
      'none may come where unknown fields are refused',
      z.strictObject({ id }),
      z.strictObject({ id, note: id.optional() }),
      'payload.note is new, where unknown fields were not simply ignored',
    ],
    [
      'none where unknown fields are kept, whatever they hold',
      z.looseObject({ id }),
      z.looseObject({ id, note: id.optional() }),
      'payload.note is new, where unknown fields were not simply ignored',
    ],
    [
      'unknown fields must not be refused from now on',
      z.object({ id }),
      z.strictObject({ id }),
      'payload: additionalProperties was not set, is false',
    ],
    [
      'a field keeps its type',
      z.object({ n: z.number() }),
      z.object({ n: z.string() }),
      'payload.n: type was "number", is "string"',
    ],
    [
      'a whole number stays whole',
      z.object({ n: z.number().max(9) }),
      z.object({ n: z.int().max(9) }),
      'payload.n: type was "number", is "integer"',
    ],
    [
      'what may be null stays so',
      z.object({ n: id.nullable() }),
      z.object({ n: id }),
      'payload.n: type was ["null","string"], is "string"',
    ],
    [
      'an enum keeps its values',
      z.object({ e: z.enum(['a', 'b']) }),
      z.object({ e: z.enum(['a']) }),
      'payload.e: enum was ["a","b"], is ["a"]',
    ],
    [
      'and gets no further ones',
      z.object({ e: z.enum(['a']) }),
      z.object({ e: z.enum(['a', 'b']) }),
      'payload.e: enum was ["a"], is ["a","b"]',
    ],
    [
      'a literal stays what it is',
      z.object({ l: z.literal('a') }),
      z.object({ l: z.literal('b') }),
      'payload.l: const was "a", is "b"',
    ],
    [
      'a limit is not tightened',
      z.object({ s: id.max(64) }),
      z.object({ s: id.max(32) }),
      'payload.s: maxLength was 64, is 32',
    ],
    ['nor loosened', z.object({ s: id.max(64) }), z.object({ s: id }), 'payload.s: maxLength was 64, is not set'],
    [
      'a pattern stays',
      z.object({ s: id.regex(/^a/) }),
      z.object({ s: id.regex(/^b/) }),
      'payload.s: pattern was "^a", is "^b"',
    ],
    [
      'a list of things stays one of these',
      z.object({ a: z.array(z.string()) }),
      z.object({ a: z.array(z.number()) }),
      'payload.a[]: type was "string", is "number"',
    ],
    [
      'and as long',
      z.object({ a: z.array(id) }),
      z.object({ a: z.array(id).min(1) }),
      'payload.a: minItems was not set, is 1',
    ],
    [
      'a tuple keeps its places',
      z.object({ a: z.tuple([z.string(), z.number()]) }),
      z.object({ a: z.tuple([z.number(), z.string()]) }),
      'payload.a.items[0]: type was "string", is "number"',
    ],
    [
      'a record keeps what it holds',
      z.record(id, z.string()),
      z.record(id, z.number()),
      'payload.*: type was "string", is "number"',
    ],
    ['and its keys', z.record(z.enum(['a', 'b']), id), z.record(z.enum(['a', 'c']), id), 'payload.b is gone'],
    [
      'a case of a union keeps its fields',
      union({ due: z.string().optional() }),
      union({ due: z.number().optional() }),
      'payload.by.oneOf[1].due: type was "string", is "number"',
    ],
    ['a schema that refers to itself keeps its fields', tree({ note: id }), tree(), '__schema0.note is gone'],
    [
      'what is not judged is a breach: here, multiples',
      z.object({ n: z.number().multipleOf(2) }),
      z.object({ n: z.number().multipleOf(4) }),
      'payload.n: multipleOf was 2, is 4',
    ],
  ])('%s', (_what, before, now, difference) => {
    expect(breaches(before, now)).toContain(difference);
  });

  test('a union keeps its cases', () => {
    const kinds = (...names: string[]) => z.object({ by: z.union(names.map((name) => z.object({ [name]: id }))) });
    expect(breaches(kinds('a'), kinds('a', 'b')).join()).toMatch(/^payload\.by: anyOf was \[/);
  });

  test.each([
    ['the order of fields', z.object({ id, note: id }), z.object({ note: id, id })],
    ['the order of an enum', z.object({ e: z.enum(['a', 'b']) }), z.object({ e: z.enum(['b', 'a']) })],
    ['a description', z.object({ id }), z.object({ id: id.describe('an id') }).meta({ title: 'Tried' })],
    ['the value of a default', z.object({ id: id.default('a') }), z.object({ id: id.default('b') })],
  ])('%s says nothing', (_what, before, now) => {
    expect(payloadOf(now)).toEqual(payloadOf(before));
  });

  test('fields have any name', () => {
    const fields = { required: id, properties: id, description: id, enum: id, constructor: id, const: id };
    const without = (name: string) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
    const before = z.object(fields);
    for (const name of Object.keys(fields)) {
      expect(breaches(before, z.object(without(name)))).toEqual([`payload.${name} is gone`]);
      expect(breaches(before, z.object({ ...fields, [name]: z.number() }))).toEqual([
        `payload.${name}: type was "string", is "number"`,
      ]);
    }
  });
});

function breaches(before: z.ZodType, now: z.ZodType): string[] {
  return schemaBreaches(payloadOf(before), payloadOf(now), 'payload');
}

/** As a snapshot has it. */
function payloadOf(schema: z.ZodType): JsonSchema {
  const event = defineEvent({ type: 'order.tried', version: 1, consumers: ['payment'], schema, aggregate: () => 'id' });
  return snapshotOf(defineCatalogue({ order: [event] }))[event.type]?.payload ?? {};
}
