import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Breach } from './ledger';
import { summary, table } from './report';
import { type Result, runScenario } from './run-scenario';
import type { Scenario } from './scenario';
import { scenarios } from './scenarios';
import { Servers } from './servers';

export interface ChaosOptions {
  readonly seed: number;
  /** For scenarios that take their time. */
  readonly minutes: number;
  readonly isShort: boolean;
  /** Names, or beginnings of names; empty: all. */
  readonly only: readonly string[];
  /** The file that gets the results, as JSON. */
  readonly results: string;
  /** Gets a folder with the files of each scenario that fails. */
  readonly folder: string;
  /** The series of RabbitMQ. */
  readonly broker: string;
  readonly print: (line: string) => void;
}

/** Breaches that are told of each invariant; the file has all. */
const most = 3;

/** A line for each scenario that is chosen, its name first. */
export function list(options: Pick<ChaosOptions, 'only' | 'isShort'>): string {
  const chosen = choose(options);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  return chosen
    .map(({ name, does, isShort }) => `${name.padEnd(width)}  ${does}${isShort ? ' (short form)' : ''}`)
    .join('\n');
}

/** @throws Error that says which names there are, when one that is asked for is not. */
export function choose({ only, isShort }: Pick<ChaosOptions, 'only' | 'isShort'>): readonly Scenario[] {
  for (const wanted of only) {
    if (!scenarios.some(({ name }) => name.startsWith(wanted)))
      throw new Error(`no scenario is named ${wanted}: npm run chaos -- --list shows them`);
  }
  const chosen = scenarios.filter(
    (scenario) =>
      (!isShort || scenario.isShort) && (only.length === 0 || only.some((wanted) => scenario.name.startsWith(wanted))),
  );
  if (chosen.length === 0) throw new Error(`${only.join(' and ')} is not in the short form: leave --short out`);
  return chosen;
}

/** Runs scenarios one after the other, and reports. @returns their results */
export async function run(options: ChaosOptions): Promise<readonly Result[]> {
  const { results: file, folder, print, seed, minutes, broker } = options;
  const chosen = choose(options);
  const servers = new Servers();
  const results: Result[] = [];
  const write = () => writeFileSync(file, `${JSON.stringify({ seed, minutes, broker, results }, null, 2)}\n`);
  mkdirSync(dirname(file), { recursive: true });
  write();
  print(`Seed ${seed}`);
  let running = '';
  const interrupt = () => {
    print(`\nInterrupted in ${running}. Seed ${seed}.${results.length > 0 ? `\n\n${table(results)}` : ''}`);
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  try {
    for (const [index, scenario] of chosen.entries()) {
      running = scenario.name;
      print(`[${index + 1}/${chosen.length}] ${scenario.name}: ${scenario.does}`);
      const reason = await scenario.missing?.(broker);
      const result = reason
        ? skipped(scenario, seed, reason)
        : await runScenario(scenario, servers, {
            seed,
            pace: { minutes },
            keepIn: folder,
            say: (line) => print(`  ${line}`),
          });
      results.push(result);
      write();
      for (const line of told(result, options)) print(line);
    }
  } finally {
    await servers.end();
    process.off('SIGINT', interrupt);
  }
  print(`\n${table(results)}\n\n${summary(results)}\nSeed ${seed}. All of it: ${file}`);
  return results;
}

function told({ name, verdict, reason, took, breaches, seed }: Result, { folder, minutes }: ChaosOptions): string[] {
  if (verdict === 'skipped') return [`  skipped: ${reason}`];
  if (verdict === 'passed') return [`  ok (${took.toFixed(0)} s)`];
  const asked = process.env.WAYBILL_TEST_BROKER;
  const broker = asked ? `WAYBILL_TEST_BROKER=${asked} ` : '';
  return [
    ...kindsOf(breaches).flatMap(([kind, details]) => [
      ...details.slice(0, most).map((detail) => `  ${kind}: ${detail}`),
      ...(details.length > most ? [`  ${kind}: ${details.length - most} more`] : []),
    ]),
    `  FAILED. Databases and logs: ${join(folder, name)}`,
    `  Again: ${broker}npm run chaos -- --only ${name} --seed ${seed} --minutes ${minutes}`,
  ];
}

/** What they say, by invariant and harm. */
function kindsOf(breaches: readonly Breach[]): [string, string[]][] {
  const kinds = new Map<string, string[]>();
  for (const { invariant, harm, detail } of breaches) {
    const kind = `${invariant} ${harm}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), detail]);
  }
  return [...kinds];
}

function skipped({ name, family }: Scenario, seed: number, reason: string): Result {
  const nothing = { orders: 0, messages: 0, lost: 0, doubled: 0, stuck: 0, illegal: 0, recovered: 0, took: 0 };
  return { name, family, seed, verdict: 'skipped', reason, ...nothing, notes: [], breaches: [] };
}
