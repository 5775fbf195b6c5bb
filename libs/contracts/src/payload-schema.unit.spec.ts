import { z } from 'zod';
import { defineEvent } from './define-event';
import { payloadSchema } from './payload-schema';

const event = (schema: z.ZodType) =>
  defineEvent({ type: 'order.tried', version: 1, consumers: ['payment'], schema, aggregate: () => 'id' });

test('the payload of an event has a JSON Schema that a message with further fields meets', () => {
  const schema = z.object({ id: z.uuid(), count: z.int().min(1).default(1), note: z.string().trim().optional() });

  expect(payloadSchema(event(schema))).toEqual({
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid', pattern: expect.any(String) },
      count: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 },
      note: { type: 'string' },
    },
    required: ['id'],
  });
});

test.each([
  ['a date', z.object({ at: z.date() }), 'has no JSON Schema (Date cannot be represented in JSON Schema)'],
  ['a transformation', z.object({ at: z.string().transform(Number) }), 'has no JSON Schema (Transforms cannot'],
  ['a codec', z.object({ yes: z.stringbool() }), 'gives something else than it takes'],
  ['a pipe', z.object({ kind: z.string().pipe(z.enum(['a'])) }), 'gives something else than it takes'],
])('%s in a contract is refused, with what to do', (_what, schema, reason) => {
  expect(() => payloadSchema(event(schema))).toThrow(`order.tried: its schema ${reason}`);
});
