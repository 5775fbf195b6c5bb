import { readFile } from 'node:fs/promises';

/** What Linux counts processor time in, on every machine of today (proc_pid_stat(5), `getconf CLK_TCK`). */
const ticksASecond = 100;

/** Seconds of a core that a process has had since it began, its threads included. Linux alone: reads /proc. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name may hold anything, spaces and brackets included; what follows it are the fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number);
  if (user === undefined || system === undefined) throw new Error(`The time of process ${pid} cannot be read: ${stat}`);
  return (user + system) / ticksASecond;
}
