import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, sendSignal } from '../process-identity.mjs';

const RECORD = '.process.json';

/**
 * @typedef {object} ServerProcess
 * @property {number} pid
 * @property {Promise<string>} exited settles, with `exit code 1` or `signal SIGKILL`, when the process has ended
 * @property {() => boolean} isRunning
 * @property {(signal: NodeJS.Signals) => boolean} signal false when it no longer runs
 * @property {() => string} log what it has written since it was started
 */

/**
 * Starts a program in a process group of its own, so that a Ctrl-C meant for the caller does not reach it. Its output goes to
 * `<logs>/<name>.log`, and its identity to a record in the home for as long as it runs.
 * @param {object} options
 * @param {string} options.name of the log and of the record of the process, within the home
 * @param {string} options.home
 * @param {string} [options.logs] default: `log` in the home
 * @param {string} [options.cwd] default: the home
 * @param {string} options.command
 * @param {string[]} options.args
 * @param {Record<string, string>} options.env the whole environment
 * @param {number} [options.uid]
 * @param {number} [options.gid]
 * @param {(line: string) => void} [options.onLine] hears every line of its output, too
 * @returns {Promise<ServerProcess>}
 */
export async function startServerProcess(options) {
  const { name, home, logs = join(home, 'log'), cwd = home, command, args, env, uid, gid, onLine } = options;
  const record = join(home, `${name}${RECORD}`);
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `${name}.log`);
  const output = openSync(logFile, 'a');
  const logStart = statSync(logFile).size;
  const sink = onLine ? 'pipe' : output;
  const child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', sink, sink] });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', hear);
  }
  /** @param {string} line */
  function hear(line) {
    appendFileSync(logFile, `${line}\n`);
    onLine?.(line);
  }
  closeSync(output);
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    child.once('exit', () => {
      // what it started itself does not outlive it
      sendSignal(-Number(child.pid), 'SIGKILL');
      rmSync(record, { force: true });
    });
    // not before its last words have been heard
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = Number(child.pid);
  const identity = identify(pid);
  if (identity) writeFileSync(record, JSON.stringify(identity));
  return {
    pid,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => child.exitCode === null && child.signalCode === null && sendSignal(pid, signal),
    log: () => readFileSync(logFile).subarray(logStart).toString('utf8'),
  };
}

/**
 * @param {ServerProcess} server
 * @param {NodeJS.Signals} signal the one that asks this program to stop cleanly
 * @param {number} graceMilliseconds killed when it has not ended by then
 */
export async function stopServerProcess(server, signal, graceMilliseconds) {
  server.signal(signal);
  server.signal('SIGCONT'); // a suspended process hears nothing else
  const patience = new AbortController();
  const ended = await Promise.race([
    server.exited.then(() => true),
    delay(graceMilliseconds, false, { signal: patience.signal }),
  ]);
  patience.abort();
  if (!ended) server.signal('SIGKILL');
  await server.exited;
}

/**
 * Asks again and again until the server answers, has ended, or the time is up.
 * @param {string} what for the error
 * @param {ServerProcess} server
 * @param {() => Promise<boolean>} isReady
 * @param {number} timeoutMilliseconds
 */
export async function waitUntilReady(what, server, isReady, timeoutMilliseconds) {
  const deadline = Date.now() + timeoutMilliseconds;
  while (!(await isReady())) {
    const problem = !server.isRunning()
      ? `ended at once with ${await server.exited}`
      : Date.now() > deadline
        ? `was not ready after ${timeoutMilliseconds / 1000} s`
        : undefined;
    if (problem) throw new Error(`${what} ${problem}. ${lastLines(server)}`);
    await delay(30);
  }
}

/** What it wrote last, for a person who must find out why it ended. @param {ServerProcess} server */
export function lastLines(server) {
  return `Its last lines:\n${server.log().trim().split('\n').slice(-20).join('\n')}`;
}

/**
 * Ends what an earlier caller that was killed has left running in this home. Call it before anything is started there.
 * @param {string} home
 * @returns {Promise<number>} how many there were
 */
export async function endLeftovers(home) {
  let ended = 0;
  if (!existsSync(home)) return ended;
  for (const name of readdirSync(home).filter((entry) => entry.endsWith(RECORD))) {
    /** @type {import('../process-identity.mjs').ProcessIdentity} */
    const leftover = JSON.parse(readFileSync(join(home, name), 'utf8'));
    if (isRunning(leftover)) {
      sendSignal(-leftover.pid, 'SIGKILL');
      ended++;
    }
    while (isRunning(leftover)) await delay(20);
    rmSync(join(home, name), { force: true }); // its own end may have removed it
  }
  return ended;
}
