import { missingFrom } from './shown-output';

const output =
  'order.placed  confirmed\norder.cancelled  confirmed\npayment.authorized  confirmed at 10:00:01.250 in 3 ms';

test.each([
  ['in order', ''],
  ['any order', 'any order'],
])('others may come between lines, and a line of … stands for none of them: %s', (_name, detail) => {
  expect(missingFrom(output, 'order.placed  confirmed\n…\norder.cancelled  confirmed', detail)).toEqual([]);
});

test('a line that comes too early is missing, unless any order will do', () => {
  const shown = 'order.cancelled  confirmed\norder.placed  confirmed\n';

  expect(missingFrom(output, shown, '')).toEqual(['order.placed  confirmed']);
  expect(missingFrom(output, shown, 'any order')).toEqual([]);
});

test('times and … within a line match whatever comes there, and the rest of it must be the same', () => {
  expect(missingFrom(output, 'payment.authorized  confirmed at 23:59:59.999 in 12 ms', '')).toEqual([]);
  expect(missingFrom(output, 'payment.…  confirmed…', '')).toEqual([]);
  expect(missingFrom(output, 'payment.…  pending…', '')).toEqual(['payment.…  pending…']);
});

test('of JSON, white space outside of strings does not count', () => {
  expect(missingFrom('{"a": [1, 2],\n "b": "x y"}', '{"a":[1,2],…"x y"}', 'json')).toEqual([]);
  expect(missingFrom('{"a": "x y"}', '{"a":"xy"}', 'json')).toHaveLength(1);
});
