import { kill } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { type ServiceProcess, usageOf } from '@waybill/testing';
import type { Breach } from './ledger';

/** What a process may hold more than when the load had just begun: a pool's connections, and what their buffers and compiled code take. */
const handlesMore = 25;
const bytesMore = 100_000_000;

/** Milliseconds for handles that are being closed, and for memory to go back to the system once it is collected. */
const givenBackWithin = 10_000;
const interval = 250;

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

/**
 * I10: memory and handles are back to where they were, of every process that has lived through it all. Each is asked to collect its garbage
 * first, by SIGWINCH, because Node gives memory back only when it happens to collect; see collectOnSigwinch.
 */
export async function excesses(before: readonly Baseline[]): Promise<Breach[]> {
  const living = before.filter(({ process, pid }) => process.pid === pid);
  for (const { pid } of living) kill(pid, 'SIGWINCH');
  const until = performance.now() + givenBackWithin;
  for (;;) {
    const breaches = await found(living);
    if (breaches.length === 0 || performance.now() > until) return breaches;
    await pause(interval);
  }
}

async function found(before: readonly Baseline[]): Promise<Breach[]> {
  const now = await baseline(before.map(({ process }) => process));
  return before.flatMap(({ process, pid, residentBytes, openHandles }) => {
    const same = now.find((usage) => usage.pid === pid);
    if (!same) return [];
    const breach = (what: string): Breach => ({
      invariant: 'I10',
      harm: 'illegal',
      detail: `${process.name} holds ${what}`,
    });
    return [
      ...(same.openHandles > openHandles + handlesMore
        ? [breach(`${same.openHandles} handles, and had ${openHandles}`)]
        : []),
      ...(same.residentBytes > residentBytes + bytesMore
        ? [breach(`${megabytes(same.residentBytes)} MB, and had ${megabytes(residentBytes)}`)]
        : []),
    ];
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
