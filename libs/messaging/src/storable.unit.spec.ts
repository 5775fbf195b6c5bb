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

it('properties keep what JSON knows, and have a mark where a NUL was', () => {
  const headers = { big: 12n, list: [1, 'x\u0000'], buffer: Buffer.from([0]), 'n\u0000': null, none: undefined };

  expect(JSON.parse(storableJson({ messageId: 'a\u0000b', headers }))).toEqual({
    messageId: 'a\ufffdb',
    headers: { big: '12', list: [1, 'x\ufffd'], buffer: { type: 'Buffer', data: [0] }, 'n\ufffd': null },
  });
});

it.each(['table', 'array'])('properties of which one is a %s in thousands of others are kept up to a depth', (kind) => {
  let deep: unknown = 'end';
  for (let level = 0; level < 20_000; level++) deep = kind === 'array' ? [deep] : { deep };

  const kept = storableJson({ headers: { deep, version: 1 } });
  expect(kept).toMatch(/nested too deep to be kept/);
  expect(JSON.parse(kept)).toMatchObject({ headers: { version: 1 } });
});
