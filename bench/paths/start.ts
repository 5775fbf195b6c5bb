import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type System, usageOf } from '@waybill/testing';
import type { BenchPath, Lab } from '../lab';
import { toRow } from '../row';

const name = 'order';
const sides = { ours: 'dist/apps/order/src/main.js', bare: 'bench/limits/bare-nest.cjs' };

/** Milliseconds between two questions whether it is up, of either side. */
const interval = 5;
/** Milliseconds until what a start leaves behind is collected, or never is. */
const settling = 1_000;

export const start: BenchPath = {
  name: 'start',
  does: 'milliseconds from the start of a service to ready, and the memory that it then has',
  run: async (lab) => {
    const system = await lab.system();
    const megabytes = { ours: [] as number[], bare: [] as number[] };
    const startOf = (side: keyof typeof sides) => async () => {
      const started = await measureStart(lab, system, sides[side]);
      megabytes[side].push(started.megabytes);
      return started.milliseconds;
    };
    const { ours, bare } = await lab.inTurns({ ours: startOf('ours'), bare: startOf('bare') }, 5);
    const against = 'Nest with TypeORM and golevelup';
    const common = { against, target: 1.5, atMost: true };
    return [
      toRow({ name: 'start', unit: 'ms', ours, limit: bare, ...common }),
      toRow({ name: 'start, memory', unit: 'MB', ours: megabytes.ours, limit: megabytes.bare, ...common }),
    ];
  },
};

/** Starts it, and ends it when it has been measured. Ready: its connections are up and `/health/ready` says that all is well. */
async function measureStart(lab: Lab, system: System, main: string) {
  const { environment, port } = system.processes[name];
  const env = { PATH: process.env.PATH, ...environment, LOG_FORMAT: 'json', PORT: String(port) };
  const began = performance.now();
  const child = spawn(process.execPath, [join(__dirname, '../..', main)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  lab.atEnd(end);
  const isUp = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    return answer !== undefined && ((await answer.json()) as { status: string }).status === 'ok';
  };
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`${main} ended with ${child.exitCode} before it was ready`);
    await pause(interval);
  }
  const milliseconds = performance.now() - began;
  await pause(settling);
  const usage = child.pid === undefined ? undefined : await usageOf(child.pid);
  await end();
  return { milliseconds, megabytes: (usage?.residentBytes ?? Number.NaN) / 2 ** 20 };
}
