import { setTimeout as delay } from 'node:timers/promises';
import { CLONE } from '../clone.mjs';
import { startServerProcess, stopServerProcess } from '../servers/server-process.mjs';
import { LOGS, SERVERS } from './system-state.mjs';

/** A service whose database is away may take its time; it is not held back for ever. */
const LISTENS_WITHIN = 30_000;

/** Beyond any sensible SHUTDOWN_GRACE: a service ends itself by then. */
const STOP_GRACE = 60_000;

/**
 * A service that can be started again and again, in the manner of the private servers. `start` returns when it listens, or has ended.
 * @param {object} options
 * @param {string} options.name
 * @param {string} [options.url] default: it does not listen
 * @param {string[]} options.args for node
 * @param {Record<string, string>} options.env
 * @param {(line: string) => void} options.onLine hears its log
 */
export function serviceProcess({ name, url, args, env, onLine }) {
  /** @type {import('../servers/server-process.mjs').ServerProcess | undefined} */
  let running;
  return {
    pid: () => (running?.isRunning() ? running.pid : undefined),
    exited: async () => running?.exited,
    start: async () => {
      const where = { home: SERVERS, logs: LOGS, cwd: CLONE };
      const started = await startServerProcess({ name, ...where, command: process.execPath, args, env, onLine });
      running = started;
      const deadline = Date.now() + LISTENS_WITHIN;
      while (url && started.isRunning() && Date.now() < deadline && !(await ask(`${url}/health/live`))) await delay(50);
    },
    stop: async () => {
      if (running) await stopServerProcess(running, 'SIGTERM', STOP_GRACE);
    },
    kill: async () => {
      running?.signal('SIGKILL');
      await running?.exited;
    },
    suspend: async () => void running?.signal('SIGSTOP'),
    resume: async () => void running?.signal('SIGCONT'),
    lastLines: () => running?.log().trimEnd().split('\n').slice(-10) ?? [],
  };
}

/**
 * @param {string} url of a service
 * @param {() => boolean} isWanted
 * @param {number} timeoutMilliseconds
 * @returns {Promise<string | undefined>} undefined once it says that it is ready; else what is wrong
 */
export async function waitUntilServiceIsReady(url, isWanted, timeoutMilliseconds) {
  let problem = 'it does not answer';
  for (const deadline = Date.now() + timeoutMilliseconds; Date.now() < deadline; await delay(50)) {
    if (!isWanted()) return 'it has ended';
    const answer = await ask(`${url}/health/ready`);
    if (answer?.ok) return undefined;
    if (answer) problem = `it answers ${answer.text}`;
  }
  return `it is not ready after ${timeoutMilliseconds / 1000} s: ${problem}`;
}

/** @param {string} url @returns {Promise<{ ok: boolean, text: string } | undefined>} undefined when nothing answers there */
async function ask(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return { ok: response.ok, text: `${response.status} ${(await response.text()).slice(0, 500)}` };
  } catch {
    return undefined; // refused, reset or silent
  }
}
