import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What cannot be done to an own server on every machine. */
export type ConditionalFault = 'full-disk' | 'slow-fsync' | 'cluster' | 'partition';

const script = join(__dirname, '../../../tools/servers/possible-faults.mjs');

let reasons: Partial<Record<ConditionalFault, string>> | undefined;

/** Why this machine cannot do it, such as `it needs root`; undefined when it can. Synchronous, so that a spec can skip by it. */
export function whyImpossible(fault: ConditionalFault): string | undefined {
  reasons ??= JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as typeof reasons;
  return reasons?.[fault];
}
