import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from '../../test/fresh-clone';
import type { Breach } from '../ledger';
import type { Result } from '../run-scenario';
import type { Mutation } from './mutation';
import { applyMutation } from './patch';

/** Of those that take their time. */
export const minutes = 0.2;

/** Of a copy's run, whatever it says. */
const logFile = 'mutation.log';

/** What became of one mutation. */
export interface Outcome {
  readonly name: string;
  readonly scenario: string;
  readonly verdict: 'caught' | 'not caught' | 'skipped';
  /** Each way in which things were not as they must be, and how often: `I3 lost (4)`. */
  readonly by: readonly string[];
  /** Why it is not caught, or was skipped. */
  readonly reason?: string;
  readonly seconds: number;
}

export interface MutationRun {
  readonly seed: number;
  /** The series of RabbitMQ. */
  readonly broker: string;
}

/** Takes the safeguard out of a copy of the working tree, builds that, and runs the scenario in it. The copy is kept when it was not caught. */
export async function runMutation(mutation: Mutation, run: MutationRun): Promise<Outcome> {
  const startedAt = performance.now();
  const { name, scenario } = mutation;
  const clone = new FreshClone(join('chaos', 'mutations', name));
  clone.create();
  applyMutation(mutation, clone.folder);
  const command = ['tools/chaos.mjs', '--only', scenario, '--seed', String(run.seed), '--minutes', String(minutes)];
  await runIn(clone, command, { WAYBILL_TEST_BROKER: run.broker });
  const judged = judge(mutation, resultIn(clone.folder, scenario));
  if (judged.verdict !== 'not caught') clone.remove();
  const reason =
    judged.verdict === 'not caught' ? `${judged.reason}; see ${join(clone.folder, logFile)}` : judged.reason;
  return { name, scenario, ...judged, reason, seconds: (performance.now() - startedAt) / 1_000 };
}

/** @param result undefined when there is none: it could not be built, or the suite itself broke. */
export function judge(
  { catches }: Pick<Mutation, 'catches'>,
  result: Pick<Result, 'verdict' | 'reason' | 'breaches'> | undefined,
): Pick<Outcome, 'verdict' | 'by' | 'reason'> {
  if (!result)
    return { verdict: 'not caught', by: [], reason: 'the scenario has no result, it was not built or not run' };
  if (result.verdict === 'skipped') return { verdict: 'skipped', by: [], reason: result.reason };
  const by = counted(result.breaches);
  if (result.breaches.some((breach) => catches.some((text) => told(breach).startsWith(text)))) {
    return { verdict: 'caught', by };
  }
  const reason = by.length === 0 ? 'the scenario has passed' : `red, but not by ${catches.join(' or ')}`;
  return { verdict: 'not caught', by, reason };
}

function told({ invariant, harm, detail }: Breach): string {
  return `${invariant} ${harm}: ${detail}`;
}

function counted(breaches: readonly Breach[]): string[] {
  const counts = new Map<string, number>();
  for (const { invariant, harm } of breaches) {
    const kind = `${invariant} ${harm}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} (${count})`);
}

function resultIn(folder: string, scenario: string): Result | undefined {
  const file = join(folder, '.waybill/chaos/results.json');
  if (!existsSync(file)) return undefined;
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: readonly Result[] };
  return results.find(({ name }) => name === scenario);
}

/** Resolves when it has ended, however it did: red is what we want. */
async function runIn(clone: FreshClone, args: readonly string[], env: Record<string, string>): Promise<void> {
  const log = createWriteStream(join(clone.folder, logFile));
  const child = spawn(process.execPath, args, { cwd: clone.folder, env: { ...clone.env, ...env } });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  await new Promise<void>((done, fail) => {
    child.once('error', fail);
    child.once('close', () => done());
  });
  await new Promise<void>((done) => log.end(done));
}
