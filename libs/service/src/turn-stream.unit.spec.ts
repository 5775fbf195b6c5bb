import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { turnStream } from './turn-stream';

let written: string[];
beforeEach(() => {
  written = [];
  jest.spyOn(fs, 'writeSync').mockImplementation((_descriptor: number, text: unknown) => {
    written.push(String(text));
    return Buffer.byteLength(String(text));
  });
});
afterEach(() => jest.restoreAllMocks());

test('the lines of one turn of the event loop are written together, when it ends', async () => {
  const stream = turnStream();

  stream.write('a\n');
  stream.write('b\n');
  await Promise.resolve();
  stream.write('c\n');
  expect(written).toEqual([]);

  await setImmediate();
  stream.write('d\n');
  await setImmediate();
  expect(written).toEqual(['a\nb\nc\n', 'd\n']);
});

test('what a process says as it exits is written', () => {
  turnStream().write('the last\n');

  process.listeners('exit').at(-1)?.(1);

  expect(written).toEqual(['the last\n']);
});

test('many lines do not wait for the end of the turn', () => {
  const stream = turnStream();

  for (let line = 0; line < 10; line++) stream.write(`${'x'.repeat(4_000)}\n`);

  expect(written.length).toBeGreaterThan(0);
  process.listeners('exit').at(-1)?.(1);
});
