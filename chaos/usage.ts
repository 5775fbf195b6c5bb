import { type ServiceProcess, usageOf } from '@waybill/testing';
import type { Breach } from './ledger';

/** What a process may hold more than when the load had just begun: a pool's connections, what the collector has not yet given back. */
const handlesMore = 25;
const bytesMore = 150_000_000;

interface Baseline {
  readonly process: ServiceProcess;
  readonly pid: number;
  readonly residentBytes: number;
  readonly openHandles: number;
}

/** What the processes hold that run now. Empty where the system does not tell. */
export async function baseline(processes: readonly ServiceProcess[]): Promise<Baseline[]> {
  const all = await Promise.all(
    processes.map(async (process): Promise<Baseline[]> => {
      const { pid } = process;
      const usage = pid === undefined ? undefined : await usageOf(pid);
      return usage && pid !== undefined ? [{ process, pid, ...usage }] : [];
    }),
  );
  return all.flat();
}

/** I10: memory and handles are back to where they were, of every process that has lived through it all. */
export async function excesses(before: readonly Baseline[]): Promise<Breach[]> {
  const now = await baseline(before.map(({ process }) => process));
  return before.flatMap(({ pid, residentBytes, openHandles }) => {
    const same = now.find((usage) => usage.pid === pid);
    if (!same) return [];
    const breach = (detail: string): Breach => ({ invariant: 'I10', harm: 'illegal', detail });
    return [
      ...(same.openHandles > openHandles + handlesMore
        ? [breach(`${same.process.name} holds ${same.openHandles} handles, and had ${openHandles}`)]
        : []),
      ...(same.residentBytes > residentBytes + bytesMore
        ? [
            breach(
              `${same.process.name} holds ${megabytes(same.residentBytes)} MB, and had ${megabytes(residentBytes)}`,
            ),
          ]
        : []),
    ];
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
