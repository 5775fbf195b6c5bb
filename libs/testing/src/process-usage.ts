import { readdir, readFile } from 'node:fs/promises';

/** What a process holds of the system. */
export interface ProcessUsage {
  /** Memory that is in RAM now. */
  readonly residentBytes: number;
  /** Open file descriptors: files, sockets, pipes. */
  readonly openHandles: number;
}

/**
 * Of a running process of this user. Reads /proc, as proc_pid_status(5) and proc_pid_fd(5) describe it, so it is `undefined` where the
 * system is not Linux.
 * @throws Error when no such process runs.
 */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes === undefined) throw new Error('it has no memory any more');
    const openHandles = (await readdir(`/proc/${pid}/fd`)).length;
    return { residentBytes: Number(kibibytes) * 1024, openHandles };
  } catch (cause) {
    throw new Error(`The usage of process ${pid} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
