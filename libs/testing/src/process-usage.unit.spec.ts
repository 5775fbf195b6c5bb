import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type ProcessUsage, usageOf } from './process-usage';
import { Recorder } from './recorder';

const mebibyte = 1024 * 1024;

/** Says how much memory it has, takes 200 MiB and opens 20 files when it is told anything, and says it again. */
const grower = `
  const say = () => console.log(process.memoryUsage.rss());
  say();
  process.stdin.once('data', () => {
    globalThis.more = Buffer.alloc(200 * 1024 * 1024, 1);
    globalThis.files = Array.from({ length: 20 }, () => require('node:fs').openSync(process.execPath));
    say();
  });`;

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the usage of a process (Linux only: elsewhere there is no /proc)', () => {
  it('tells its memory in bytes, as the process counts it itself, and what it holds open', async () => {
    // Not of this process: it has memory and handles of the specs before, which go when they like.
    const child = spawn(process.execPath, ['-e', grower], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const counts = new Recorder<number>();
      createInterface({ input: child.stdout }).on('line', (line) => counts.record(Number(line)));
      await counts.first(1);
      const before = await usage(child);
      child.stdin.write('grow');
      const [, counted] = await counts.first(2);
      const after = await usage(child);

      expect(after.residentBytes - before.residentBytes).toBeGreaterThan(190 * mebibyte);
      expect(Math.abs(after.residentBytes - Number(counted))).toBeLessThan(2 * mebibyte);
      expect(after.openHandles - before.openHandles).toBe(20);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('says so when the process has ended', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');

    await expect(usageOf(Number(child.pid))).rejects.toThrow(
      `The usage of process ${child.pid} cannot be read: ENOENT`,
    );
  });
});

async function usage({ pid }: ChildProcess): Promise<ProcessUsage> {
  const result = await usageOf(Number(pid));
  if (result === undefined) throw new Error('No usage on Linux');
  return result;
}
