import type { Logger } from '@nestjs/common';
import { PollLoop } from './poll-loop';

let errors: string[];
let passes: number;
let result: () => Promise<boolean>;
let loop: PollLoop;

const loopOf = (options: { pause?: number } = {}) =>
  new PollLoop({
    name: 'The loop',
    runOnce: () => {
      passes++;
      return result();
    },
    shortestWait: 10,
    longestWait: 40,
    logger: { error: (line: string) => errors.push(line) } as unknown as Logger,
    ...options,
  });

beforeEach(() => {
  jest.useFakeTimers();
  errors = [];
  passes = 0;
  result = async () => false;
  loop = loopOf();
});

afterEach(async () => {
  await loop.stop();
  jest.useRealTimers();
});

const after = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

it('looks at once, then less and less often while it finds nothing', async () => {
  loop.start();
  await after(0);
  expect(passes).toBe(1);
  for (const [wait, expected] of [
    [10, 2],
    [20, 3],
    [40, 4],
    [40, 5],
  ] as const) {
    await after(wait - 1);
    expect(passes).toBe(expected - 1);
    await after(1);
    expect(passes).toBe(expected);
  }
});

it('goes on at once while there is more', async () => {
  result = async () => passes < 5;
  loop.start();
  await after(0);

  expect(passes).toBe(5);
});

it('looks at once when woken, also when that happens during a pass', async () => {
  loop.start();
  await after(0);
  loop.wake();
  await after(0);
  expect(passes).toBe(2);

  result = async () => {
    if (passes === 3) loop.wake();
    return false;
  };
  loop.wake();
  await after(0);
  expect(passes).toBe(4);
});

it('lets what wakes it gather between two passes, and nothing wait where little comes', async () => {
  loop = loopOf({ pause: 5 });
  loop.start();
  await after(0);
  loop.wake();
  loop.wake();
  await after(4);
  expect(passes).toBe(1);
  await after(1);
  expect(passes).toBe(2);

  await after(8);
  loop.wake();
  await after(0);
  expect(passes).toBe(3);

  result = async () => passes < 6;
  loop.wake();
  await after(5);
  expect(passes).toBe(6);
});

it('tells of a failed pass, waits the longest time and tries again', async () => {
  result = async () => {
    throw new Error('no database');
  };
  loop.start();
  await after(39);
  expect([passes, errors]).toEqual([1, ['The loop failed and will try again: no database']]);

  result = async () => false;
  await after(1 + 10);
  expect(passes).toBeGreaterThan(1);
});

it('stops after the pass under way, once, and may be started again', async () => {
  let end: (more: boolean) => void = () => {};
  result = () =>
    new Promise((resolve) => {
      end = resolve;
    });
  loop.start();
  loop.start();
  await after(0);
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await after(100);
  expect([stopped, passes]).toEqual([false, 1]);

  end(true);
  await stopping;
  expect(passes).toBe(1);

  result = async () => false;
  loop.start();
  await after(0);
  expect(passes).toBe(2);
});
