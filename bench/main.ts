import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startOwnBroker, startOwnPostgres } from '@waybill/testing';
import { type BenchPath, Lab } from './lab';
import { paths } from './paths';
import { machine, remarks, table } from './report';
import { isMet, type Row } from './row';

export interface BenchOptions {
  /** Names, or beginnings of names; empty: all. */
  readonly only: readonly string[];
  readonly isQuick: boolean;
  /** The file that gets the results, as JSON. */
  readonly json: string;
  /** The folder for the logs of what is measured. */
  readonly logs: string;
  readonly print: (line: string) => void;
}

/** A line for each path, its name first. */
export function list(): string {
  const width = Math.max(...paths.map(({ name }) => name.length));
  return paths.map(({ name, does }) => `${name.padEnd(width)}  ${does}`).join('\n');
}

/** @throws Error that says which names there are, when one that is asked for is not. */
export function choose({ only }: Pick<BenchOptions, 'only'>): readonly BenchPath[] {
  for (const wanted of only) {
    if (!paths.some(({ name }) => name.startsWith(wanted)))
      throw new Error(`no path is named ${wanted}; there are ${paths.map(({ name }) => name).join(', ')}`);
  }
  return paths.filter(({ name }) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)));
}

/**
 * Measures the paths one after the other on servers of its own, prints the table and writes the file.
 * @returns whether every target is met; of a quick look, whether all of it ran
 */
export async function run(options: BenchOptions): Promise<boolean> {
  const { isQuick, json, logs, print } = options;
  const chosen = choose(options);
  mkdirSync(logs, { recursive: true });
  mkdirSync(dirname(json), { recursive: true });
  const began = performance.now();
  const [broker, postgres] = await Promise.all([
    startOwnBroker(),
    startOwnPostgres({ durable: true, settings: { shared_preload_libraries: 'pg_stat_statements' } }),
  ]);
  const rows: Row[] = [];
  try {
    for (const [index, path] of chosen.entries()) {
      const beganPath = performance.now();
      print(`[${index + 1}/${chosen.length}] ${path.name}: ${path.does}`);
      const lab = new Lab({ broker, postgres, logs, isQuick, say: (line) => print(`  ${line}`) });
      try {
        rows.push(...(await path.run(lab)));
      } finally {
        await lab.end();
      }
      writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
      print(`  done in ${seconds(beganPath)}`);
    }
  } finally {
    await Promise.all([broker.end(), postgres.end()]);
  }
  print(`\n${table(rows)}\n`);
  for (const line of remarks(rows)) print(line);
  print(`${machine(['fsync and synchronous_commit on'])}\nTook ${seconds(began)}. All of it: ${json}`);
  if (isQuick) print('A quick look: it shows that everything runs, and its figures mean nothing.');
  return isQuick || rows.every(isMet);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}
