import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { blockOnSigusr2, clockOffBy, collectOnSigwinch, preload } from './preloads';
import { Recorder } from './recorder';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function node(program: string, environment: { NODE_OPTIONS: string }) {
  const child = spawn(process.execPath, ['-e', program], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function answerOf(program: string, environment: { NODE_OPTIONS: string }) {
  return JSON.parse(await text(node(`console.log(JSON.stringify(${program}))`, environment).stdout));
}

const hour = 3_600_000;

describe('a clock that is off', () => {
  it.each([hour, -hour])('by %d ms, for all who ask Date for the time', async (off) => {
    const before = Date.now();
    const told = await answerOf(
      `[Date.now(), +new Date(), Date.parse(Date()) + 999, +new (class extends Date {})(), +new (new Date().constructor)()]`,
      preload([clockOffBy(off)]),
    );
    const after = Date.now();

    for (const time of told) {
      expect(time).toBeGreaterThanOrEqual(before + off);
      expect(time).toBeLessThanOrEqual(after + off + 999);
    }
  });

  it('and a Date that is given, or is made of parts, is what it was', async () => {
    const told = await answerOf(
      `[new Date(0), new Date('2026-01-02T03:04:05Z'), Date.UTC(1970, 0, 1), new Date(new Date(7)).getTime(),
        new Date() instanceof Date, new (class extends Date {})(5).getTime(), Date.length, Date.name,
        structuredClone(new Date(9)) instanceof Date]`,
      preload([clockOffBy(hour)]),
    );
    expect(told).toEqual(['1970-01-01T00:00:00.000Z', '2026-01-02T03:04:05.000Z', 0, 7, true, 5, 7, 'Date', true]);
  });

  it('and what measures time does so as ever', async () => {
    const told = await answerOf(
      `[performance.now() < 60000, Math.abs(Number(process.hrtime.bigint()) / 1e6 - ${Number(process.hrtime.bigint()) / 1e6}) < 60000]`,
      preload([clockOffBy(hour)]),
    );
    expect(told).toEqual([true, true]);
  });
});

describe('a blocked event loop', () => {
  it('stands still for so long, at each signal, and goes on', async () => {
    const child = node(
      `let last = performance.now();
       setInterval(() => {
         const now = performance.now();
         console.log(now - last);
         last = now;
       }, 10);`,
      preload([blockOnSigusr2(1.5)]),
    );
    const gaps = new Recorder<number>();
    createInterface({ input: child.stdout }).on('line', (line) => gaps.record(Number(line)));
    await gaps.first(1);

    for (let signals = 1; signals <= 2; signals++) {
      const blocked = gaps.next((gap) => gap >= 1_400);
      child.kill('SIGUSR2');
      await blocked;
      await gaps.next((gap) => gap < 1_400);
    }
  });

  it('keeps no program alive that has nothing else to do', async () => {
    const [code] = await once(node('', preload([blockOnSigusr2(60)])), 'exit');
    expect(code).toBe(0);
  });
});

describe('garbage', () => {
  it('is collected at the signal, and not before', async () => {
    const child = node(
      `globalThis.kept = new FinalizationRegistry(() => console.log('collected'));
       kept.register({});
       console.log('made');
       setInterval(() => {}, 1000);`,
      preload([collectOnSigwinch()]),
    );
    const told = new Recorder<string>();
    createInterface({ input: child.stdout }).on('line', (line) => told.record(line));
    await told.first(1);

    child.kill('SIGWINCH');
    await told.first(2);

    expect(told.values).toEqual(['made', 'collected']);
  });
});

describe('several preloads', () => {
  it('run together, in their order, behind what NODE_OPTIONS asks already', async () => {
    const mark = (word: string) => `data:text/javascript,(globalThis.order%3F%3F=[]).push('${word}')`;
    const given = { NODE_OPTIONS: `--import ${mark('given')} --no-deprecation` };

    const told = await answerOf(
      `[order, Date.now() - ${Date.now()} >= ${hour}, process.listenerCount('SIGUSR2'), process.noDeprecation]`,
      { ...given, ...preload([mark('first'), clockOffBy(hour), blockOnSigusr2(1), mark('last')], given) },
    );

    expect(told).toEqual([['given', 'first', 'last'], true, 1, true]);
  });
});
