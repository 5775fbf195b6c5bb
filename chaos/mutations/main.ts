import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../main';
import { mutations } from '../mutations';
import { scenarios } from '../scenarios';
import type { Mutation } from './mutation';
import { tryMutation } from './patch';
import { minutes, type Outcome, runMutation } from './run-mutation';

export interface MutationOptions {
  readonly seed: number;
  /** Names, or beginnings of names; empty: all. */
  readonly only: readonly string[];
  /** Gets mutations.json, and unharmed.json: the results of the scenarios without mutation. */
  readonly folder: string;
  /** The series of RabbitMQ. */
  readonly broker: string;
  readonly print: (line: string) => void;
}

const root = join(__dirname, '../..');

/** Copies under way at once. */
const atOnce = 2;

/** A line for each mutation that is chosen, its name first. */
export function listMutations(only: readonly string[]): string {
  const chosen = chooseMutations(only);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  return chosen.map(({ name, safeguard }) => `${name.padEnd(width)}  ${safeguard}`).join('\n');
}

/** @throws Error that says which names there are, when one that is asked for is not; or where the source has changed. */
export function chooseMutations(only: readonly string[]): readonly Mutation[] {
  for (const wanted of only) {
    if (!mutations.some(({ name }) => name.startsWith(wanted)))
      throw new Error(`no mutation is named ${wanted}: npm run chaos -- --mutations --list shows them`);
  }
  const chosen = mutations.filter(({ name }) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)));
  for (const mutation of chosen) {
    tryMutation(mutation, root);
    if (!scenarios.some(({ name }) => name === mutation.scenario))
      throw new Error(`the mutation ${mutation.name} needs the scenario ${mutation.scenario}, which is not there`);
  }
  return chosen;
}

/**
 * Takes one safeguard after the other out of a copy of the source, and lets a scenario find out. First the scenarios run without any
 * mutation: with one that is red by itself none is tried, because it would show nothing.
 * @returns whether all that could be run were caught.
 */
export async function runMutations(options: MutationOptions): Promise<boolean> {
  const { seed, broker, folder, print } = options;
  const chosen = chooseMutations(options.only);
  const needed = new Set(chosen.map(({ scenario }) => scenario));
  print(`Without mutation: ${[...needed].join(', ')}`);
  const results = join(folder, 'unharmed.json');
  const unharmed = await run({ seed, minutes, isShort: false, only: [...needed], results, folder, broker, print });
  const red = new Set(unharmed.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name));
  const tried = chosen.filter(({ scenario }) => !red.has(scenario));
  print(`\n${tried.length} mutations, ${atOnce} at once`);
  const untried = chosen.filter((mutation) => !tried.includes(mutation)).map(notTried);
  const outcomes = [...(await runAll(tried, options)), ...untried];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mutations.json'), `${JSON.stringify({ seed, broker, outcomes }, null, 2)}\n`);
  print(`\n${table(outcomes)}\n\n${summary(outcomes)}\nSeed ${seed}. ${join(folder, 'mutations.json')}`);
  return outcomes.every(({ verdict }) => verdict !== 'not caught');
}

function notTried({ name, scenario }: Mutation): Outcome {
  const reason = 'not tried, because its scenario is red without it';
  return { name, scenario, verdict: 'not caught', by: [], reason, seconds: 0 };
}

async function runAll(chosen: readonly Mutation[], { seed, broker, print }: MutationOptions): Promise<Outcome[]> {
  const outcomes = new Map<Mutation, Outcome>();
  const waiting = [...chosen];
  const work = async () => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
      print(`  ${mutation.name}: ${mutation.scenario}`);
      const outcome = await runMutation(mutation, { seed, broker });
      outcomes.set(mutation, outcome);
      print(`[${outcomes.size}/${chosen.length}] ${outcome.name} ${tell(outcome)} (${outcome.seconds.toFixed(0)} s)`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return chosen.flatMap((mutation) => outcomes.get(mutation) ?? []);
}

function tell({ verdict, by, reason }: Outcome): string {
  const found = by.join(', ');
  if (verdict === 'caught') return found;
  return [verdict === 'skipped' ? 'skipped' : 'NOT CAUGHT', reason, found].filter(Boolean).join(': ');
}

/** A row for each mutation, for a person. */
function table(outcomes: readonly Outcome[]): string {
  const rows = [
    ['mutation', 'scenario', 'seconds', 'caught by'],
    ...outcomes.map((outcome) => [outcome.name, outcome.scenario, outcome.seconds.toFixed(0), tell(outcome)]),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map(([name = '', scenario = '', seconds = '', by = '']) =>
      [name.padEnd(width(0)), scenario.padEnd(width(1)), seconds.padStart(width(2)), by].join('  '),
    )
    .join('\n');
}

function summary(outcomes: readonly Outcome[]): string {
  const count = (verdict: Outcome['verdict']) => outcomes.filter((outcome) => outcome.verdict === verdict).length;
  return `${count('caught')} of ${outcomes.length} mutations caught, ${count('not caught')} not, ${count('skipped')} skipped`;
}
