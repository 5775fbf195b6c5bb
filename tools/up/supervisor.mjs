// Owns everything that `npm run up` and `npm run dev` start, as `node tools/up/supervisor.mjs up|dev [attached]`, and tells what
// happens in lines of JSON on stdout. It ends everything, in order, on SIGTERM, and when it is attached also when its stdin closes,
// which it does however the command that started it ends. SIGUSR2 tells it to look at the plugs.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identify, sendSignal } from '../process-identity.mjs';
import { Part } from './part.mjs';
import { startSystem } from './start-system.mjs';
import { LOGS, PLUGS, removeState, SERVERS, writeState } from './system-state.mjs';

const mode = process.argv[2] === 'dev' ? 'dev' : 'up';
/** @type {Map<string, Part>} */
const parts = new Map();
/** @type {import('./system-state.mjs').SystemState['phase']} */
let phase = 'starting';
/** @type {string[]} */
let next = [];
let hasListener = true;
let plugging = Promise.resolve();

process.stdout.on('error', () => {
  hasListener = false; // the command that started it has gone
});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, () => void end());
process.on('SIGUSR2', () => {
  plugging = plugging.then(applyPlugs);
});
if (process.argv[3] === 'attached') process.stdin.on('close', () => void end()).resume();

for (const folder of [LOGS, PLUGS]) rmSync(folder, { recursive: true, force: true });
for (const folder of [LOGS, PLUGS, SERVERS]) mkdirSync(folder, { recursive: true });
saveState();
say({ started: true });
const starting = startSystem(mode, { step, started, log: (name, line) => say({ log: name, line }), isUnwanted });
starting.then(
  (lines) => {
    if (isUnwanted()) return;
    next = lines;
    phase = 'ready';
    saveState();
    for (const part of parts.values()) part.keep();
    say({ ready: next });
  },
  (error) => {
    if (!isUnwanted()) say({ failed: error.message });
    process.exitCode = 1;
    void end();
  },
);

/**
 * @template {{ line: string }} T
 * @param {string} id @param {string} text @param {(note: (line: string) => void) => Promise<T>} work
 */
async function step(id, text, work) {
  const startedAt = Date.now();
  say({ begin: id, text });
  const result = await work((line) => say({ note: id, text: line }));
  say({ end: id, text: result.line, milliseconds: Date.now() - startedAt });
  return result;
}

/** @param {string} name @param {string} description @param {import('./part.mjs').Unit} unit */
function started(name, description, unit) {
  parts.set(name, new Part({ name, description, unit, onChange: saveState, report: (line) => say({ notice: line }) }));
  saveState();
}

function isUnwanted() {
  return phase === 'stopping';
}

async function applyPlugs() {
  for (const [name, part] of parts) {
    const file = join(PLUGS, name);
    await part.plug(existsSync(file) ? /** @type {import('./part.mjs').Plug} */ (readFileSync(file, 'utf8')) : 'in');
  }
}

/** Services first, so that they can still finish their work with the servers; the broker before the database. */
async function end() {
  if (isUnwanted()) return;
  phase = 'stopping';
  saveState();
  sendSignal(-process.pid, 'SIGTERM'); // what a step of the start waits for: npm, apt-get, the provision job
  await Promise.allSettled([starting]);
  await plugging;
  const servers = ['broker', 'database'];
  const services = [...parts.values()].filter(({ name }) => !servers.includes(name));
  if (services.length > 0)
    await step('services', 'stopping the services', async () => {
      await Promise.all(services.map((part) => part.end()));
      return { line: 'services stopped' };
    });
  for (const name of servers) {
    const part = parts.get(name);
    if (part)
      await step(name, `stopping the ${name}`, async () => {
        await part.end();
        return { line: `${name} stopped` };
      });
  }
  removeState();
  process.exit();
}

function saveState() {
  const supervisor = identify(process.pid);
  if (!supervisor) throw new Error('a process that runs has no identity');
  const described = Object.fromEntries([...parts].map(([name, part]) => [name, part.describe()]));
  writeState({ supervisor, phase, parts: described, next });
}

/** @param {object} message */
function say(message) {
  if (hasListener) process.stdout.write(`${JSON.stringify(message)}\n`);
}
