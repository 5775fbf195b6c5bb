import { storableError, storableJson, storableText } from './storable';

it('text loses its NULs, and what is beyond 2000 characters', () => {
  expect(storableText('a\u0000b')).toBe('ab');
  expect(storableText('x'.repeat(5_000))).toHaveLength(2_000);
});

it.each([
  [new TypeError('no'), 'TypeError: no'],
  [{ status: 'error', message: 'Forbidden resource' }, 'Forbidden resource'],
  ['just text', 'just text'],
  [undefined, 'undefined'],
  [null, 'null'],
])('%p is told as %p', (error, text) => {
  expect(storableError(error)).toBe(text);
});

it('properties keep what JSON knows, and lose NULs', () => {
  const properties = { messageId: 'a\u0000b', headers: { big: 12n, list: [1, 'x\u0000'], none: undefined } };

  expect(JSON.parse(storableJson(properties))).toEqual({ messageId: 'ab', headers: { big: '12', list: [1, 'x'] } });
});
