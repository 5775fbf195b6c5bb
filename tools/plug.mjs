import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import './node-version.mjs';
import { readWords, refuse } from './command-line.mjs';
import { signalProcess } from './process-identity.mjs';
import { PLUGS, readRunningState } from './up/system-state.mjs';

const USAGE = `npm run plug [-- pull|stop|freeze|in <part>]

Shows the parts of what is up, or takes one away and brings it back, to see what becomes of the messages.

  pull     kills it, as a power cut would
  stop     stops it cleanly
  freeze   holds it still: connections stay open, nothing answers
  in       brings it back

Parts: broker, database, and the services. A part that ends by itself is started again; one that was pulled or stopped is not.`;

/** What a part's state is once it is done. @type {Record<string, string>} */
const DONE = { pull: 'pulled', stop: 'stopped', freeze: 'frozen', in: 'running' };

const WITHIN = 120_000;

const [action, name, ...rest] = readWords(USAGE);
const state = readRunningState();
if (state?.phase !== 'ready') {
  process.stderr.write('nothing is up: npm run up\n');
  process.exit(1);
}
const names = Object.keys(state.parts);
if (action === undefined) {
  for (const [part, { state: now, pid, description }] of Object.entries(state.parts)) {
    process.stdout.write(`${part.padEnd(10)} ${now.padEnd(9)} ${String(pid ?? '').padEnd(8)} ${description}\n`);
  }
  process.exit(0);
}
const wanted = DONE[action];
if (!wanted || rest.length > 0) refuse(`not known: ${[action, name, ...rest].join(' ')}`, USAGE);
if (!name || !names.includes(name))
  refuse(`${name ?? 'nothing'} is no part that was started here: ${names.join(', ')}`, USAGE);

const file = join(PLUGS, name);
if (action === 'in') rmSync(file, { force: true });
else writeFileSync(file, wanted);
signalProcess(state.supervisor, 'SIGUSR2');
for (const deadline = Date.now() + WITHIN; readRunningState()?.parts[name]?.state !== wanted; await delay(30)) {
  if (Date.now() < deadline && readRunningState()) continue;
  process.stderr.write(`${name} is still ${readRunningState()?.parts[name]?.state ?? 'down'}, see .waybill/logs/\n`);
  process.exit(1);
}
process.stdout.write(`${name} is ${wanted}\n`);
