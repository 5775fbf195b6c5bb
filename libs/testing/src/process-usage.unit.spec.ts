import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type ProcessUsage, usageOf } from './process-usage';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

async function own(): Promise<ProcessUsage> {
  const usage = await usageOf(process.pid);
  if (usage === undefined) throw new Error('No usage on Linux');
  return usage;
}

onLinux('the usage of a process (Linux only: elsewhere there is no /proc)', () => {
  it('tells its memory, in bytes', async () => {
    const before = await own();
    expect(Math.abs(before.residentBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);

    const more = Buffer.alloc(200 * 1024 * 1024, 1);

    const grown = (await own()).residentBytes - before.residentBytes;
    expect(grown).toBeGreaterThan(0.8 * more.length);
    expect(grown).toBeLessThan(1.5 * more.length);
  });

  it('tells what it holds open', async () => {
    const { openHandles } = await own();
    const files = await Promise.all(Array.from({ length: 20 }, () => open(__filename)));

    expect((await own()).openHandles).toBe(openHandles + 20);

    await Promise.all(files.map((file) => file.close()));
    expect((await own()).openHandles).toBe(openHandles);
  });

  it('says so when the process has ended', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');

    await expect(usageOf(Number(child.pid))).rejects.toThrow(
      `The usage of process ${child.pid} cannot be read: ENOENT`,
    );
  });
});
