import { join } from 'node:path';
import { everyProcess, type Pace } from './arena';
import { checkBroker } from './broker-check';
import { drain } from './drain';
import type { Breach } from './ledger';
import type { Scenario } from './scenario';
import type { Servers } from './servers';
import { Stage } from './stage';
import { processedTwice } from './step-check';
import { baseline, excesses } from './usage';

/** Seconds: three leases, of which whoever is killed holds one. */
const recoversWithin = 90;

/** Seconds. */
const lastReceiptsWithin = 30;

/** What came of one scenario. */
export interface Result {
  readonly name: string;
  readonly family: string;
  readonly seed: number;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  /** Requests that were told that they are placed, and messages recorded. */
  readonly orders: number;
  readonly messages: number;
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  readonly illegal: number;
  /** Seconds from where the fault was healed until nothing moved any more. */
  readonly recovered: number;
  /** Seconds in all. */
  readonly took: number;
  /** What the scenario has said. */
  readonly notes: readonly string[];
  readonly breaches: readonly Breach[];
}

export interface RunOptions {
  readonly seed: number;
  readonly pace: Pace;
  /** Gets a folder with the files of each scenario that fails. */
  readonly keepIn: string;
  readonly say: (line: string) => void;
}

/** Load, fault, heal, drain, and then the invariants. Whatever the system under attack does is in the result, and not thrown. */
export async function runScenario(scenario: Scenario, servers: Servers, options: RunOptions): Promise<Result> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const notes: string[] = [];
  const breaches: Breach[] = [];
  const say = (line: string) => {
    notes.push(line);
    options.say(`${seconds().toFixed(1).padStart(6)} s  ${line}`);
  };
  const keepIn = join(options.keepIn, scenario.name);
  let stage: Stage | undefined;
  let seen = { orders: 0, messages: 0, recovered: 0 };
  try {
    stage = new Stage({ ...options, scenario, servers: await servers.for(scenario), say });
    await stage.open();
    seen = await play(scenario, stage, breaches);
  } catch (error) {
    breaches.push({ invariant: 'I12', harm: 'illegal', detail: `it could not go on: ${(error as Error).stack}` });
  }
  breaches.push(...((await stage?.close({ keep: breaches.length > 0, logs: keepIn })) ?? []));
  if (breaches.length > 0) await servers.keepAll(keepIn);
  else await servers.endOwn();
  const count = (harm: Breach['harm']) => breaches.filter((breach) => breach.harm === harm).length;
  return {
    name: scenario.name,
    family: scenario.family,
    seed: options.seed,
    verdict: breaches.length === 0 ? 'passed' : 'failed',
    ...seen,
    lost: count('lost'),
    doubled: count('doubled'),
    stuck: count('stuck'),
    illegal: count('illegal'),
    took: seconds(),
    notes,
    breaches,
  };
}

async function play(scenario: Scenario, stage: Stage, breaches: Breach[]) {
  const { system, load, expected } = stage;
  const before = await baseline(everyProcess(stage));
  await scenario.run(stage);
  const healedAt = stage.healedAt ?? performance.now();
  await load.stop();
  const within = scenario.recoversWithin ?? recoversWithin;
  const left = await drain(system, expected, within);
  const recovered = (performance.now() - healedAt) / 1_000;
  if (left.length === 0) stage.say(`all has ended ${recovered.toFixed(1)} s after the fault`);
  else breaches.push({ invariant: 'I12', harm: 'stuck', detail: `after ${within} s there are ${left.join(', ')}` });
  const absorbed = everyProcess(stage).flatMap((process) => process.steps({ step: 'duplicate' }));
  stage.say(`${absorbed.length} duplicates were absorbed`);
  breaches.push(...load.faults.map((detail): Breach => ({ invariant: 'I1', harm: 'illegal', detail })));
  breaches.push(...(await checkBroker(stage.broker, system, scenario.instances ?? 1)));
  // Duplicates that were in the queues still have been absorbed by now, and each owes its receipt.
  await drain(system, expected, lastReceiptsWithin);
  breaches.push(...(await stage.findBreaches()));
  breaches.push(...processedTwice(everyProcess(stage)));
  breaches.push(...(await excesses(before)));
  const [row] = await system.sql<{ messages: number }>('order', 'select count(*)::int as messages from chaos.outbox');
  return { orders: load.placed, messages: row?.messages ?? 0, recovered };
}
