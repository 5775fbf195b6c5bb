import { BadRequestException } from '@nestjs/common';
import { parseJson } from './json-body';

test('what is JSON is read', () => {
  expect(parseJson('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
});

test.each(['{', '{"a":1}x', "{'a':1}", '\u0000', '[1,]', 'NaN'])('%j is malformed', (body) => {
  expect(problemWith(body)).toMatchObject({ code: 'malformed-json', errors: [{ field: 'body' }] });
});

test.each([
  ['{"__proto__":{"polluted":true}}', '__proto__'],
  ['{"lines":[{"sku":"mug","__proto__":null}]}', 'lines.0.__proto__'],
  ['{"\\u005f_proto__":1}', '__proto__'],
  ['{"a":{"constructor":{"prototype":{"polluted":true}}}}', 'a.constructor'],
])('%s has the forbidden key %s', (body, field) => {
  expect(problemWith(body)).toMatchObject({ code: 'forbidden-key', errors: [{ field }] });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('nesting deeper than the call stack is no trouble', () => {
  const depth = 30_000;

  expect(parseJson('['.repeat(depth) + ']'.repeat(depth))).toHaveLength(1);
  expect(parseJson('{"a":'.repeat(depth) + 1 + '}'.repeat(depth))).toHaveProperty('a');
});

function problemWith(body: string): unknown {
  try {
    parseJson(body);
  } catch (error) {
    if (error instanceof BadRequestException) return error.getResponse();
    throw error;
  }
  throw new Error('The body was taken');
}
