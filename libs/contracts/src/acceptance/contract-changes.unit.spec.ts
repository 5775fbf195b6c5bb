import { z } from 'zod';
import { defineCatalogue } from '../define-catalogue';
import { defineEvent } from '../define-event';
import type { ServiceName } from '../services';
import { changesSince } from './contract-changes';
import { type ContractSnapshot, snapshotOf } from './contract-snapshot';

interface Contract {
  readonly version?: number;
  readonly producer?: ServiceName;
  readonly consumers?: readonly ServiceName[];
  readonly schema?: z.ZodType;
}

function contract({ version = 1, producer = 'order', consumers = ['payment'], schema }: Contract = {}) {
  const event = defineEvent({
    type: 'order.tried',
    version,
    consumers,
    schema: schema ?? z.object({ id: z.string() }),
    aggregate: () => 'id',
  });
  return snapshotOf(defineCatalogue({ [producer]: [event] }));
}

const nothing: ContractSnapshot = {};
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
    const [change, ...others] = changesSince(contract({ schema: before }), contract({ schema: now }));

    expect(others).toEqual([]);
    expect(change).toEqual({
      type: 'order.tried',
      isCompatible: true,
      differences: ['payload: what is new in it is optional'],
    });
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
    const [change, ...others] = changesSince(contract({ schema: before }), contract({ schema: now }));

    expect(others).toEqual([]);
    expect(change).toMatchObject({ type: 'order.tried', isCompatible: false });
    expect(change?.differences).toContain(difference);
    expect(change?.advice).toBe(
      'take that back, or raise `version` to 2 in libs/contracts/src/events/order-tried.event.ts, then npm run contracts:accept.',
    );
  });

  test('a union keeps its cases', () => {
    const kinds = (...names: string[]) => z.object({ by: z.union(names.map((name) => z.object({ [name]: id }))) });
    const [change] = changesSince(contract({ schema: kinds('a') }), contract({ schema: kinds('a', 'b') }));

    expect(change).toMatchObject({ isCompatible: false });
    expect(change?.differences.join()).toMatch(/^payload\.by: anyOf was \[/);
  });

  test.each([
    ['the order of fields', z.object({ id, note: id }), z.object({ note: id, id })],
    ['the order of an enum', z.object({ e: z.enum(['a', 'b']) }), z.object({ e: z.enum(['b', 'a']) })],
    ['a description', z.object({ id }), z.object({ id: id.describe('an id') }).meta({ title: 'Tried' })],
    ['the value of a default', z.object({ id: id.default('a') }), z.object({ id: id.default('b') })],
  ])('%s says nothing', (_what, before, now) => {
    expect(changesSince(contract({ schema: before }), contract({ schema: now }))).toEqual([]);
  });

  test('fields have any name', () => {
    const fields = { required: id, properties: id, description: id, enum: id, constructor: id, const: id };
    const without = (name: string) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
    const differences = (before: ContractSnapshot, now: z.ZodRawShape) =>
      changesSince(before, contract({ schema: z.object(now) })).flatMap((change) => change.differences);
    for (const name of Object.keys(fields)) {
      const before = contract({ schema: z.object(fields) });

      expect(changesSince(before, before)).toEqual([]);
      expect(differences(before, without(name))).toEqual([`payload.${name} is gone`]);
      expect(differences(before, { ...fields, [name]: z.number() })).toEqual([
        `payload.${name}: type was "string", is "number"`,
      ]);
    }
  });
});

describe('of an event', () => {
  const other = z.object({ id: z.number() });

  test.each<[string, ContractSnapshot, ContractSnapshot, boolean, string]>([
    ['it may be new', nothing, contract(), true, 'is new'],
    ['it may not go', contract(), nothing, false, 'is gone from the catalogue'],
    [
      'a raised version allows for anything',
      contract(),
      contract({ version: 2, schema: other }),
      true,
      'version was 1, is 2, whose schema must read both',
    ],
    ['the version may not go back', contract({ version: 2 }), contract(), false, 'version was 2, is 1'],
    [
      'the producer may not change',
      contract(),
      contract({ producer: 'warehouse' }),
      false,
      'producer was order, is warehouse',
    ],
    [
      'not even with a raised version',
      contract(),
      contract({ producer: 'warehouse', version: 2 }),
      false,
      'producer was order, is warehouse',
    ],
    [
      'a consumer may come',
      contract(),
      contract({ consumers: ['warehouse', 'payment'] }),
      true,
      'consumers: warehouse is new',
    ],
    [
      'none may go',
      contract({ consumers: ['payment', 'warehouse'] }),
      contract({ consumers: ['warehouse'] }),
      false,
      'consumers: payment is gone',
    ],
  ])('%s', (_what, before, now, isCompatible, difference) => {
    expect(changesSince(before, now)).toMatchObject([{ type: 'order.tried', isCompatible, differences: [difference] }]);
  });

  test('consumers in another order are the same', () => {
    const [one, two] = [
      contract({ consumers: ['payment', 'warehouse'] }),
      contract({ consumers: ['warehouse', 'payment'] }),
    ];

    expect(changesSince(one, two)).toEqual([]);
  });
});
