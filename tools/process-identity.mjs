import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * A process, told apart from any later one that gets the same id.
 * @typedef {{ pid: number, startedAt: string }} ProcessIdentity
 */

/**
 * @param {number} pid
 * @returns {ProcessIdentity | undefined} undefined when no such process runs (one that has ended and waits to be reaped does not run)
 */
export function identify(pid) {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** @param {ProcessIdentity | undefined} identity */
export function isRunning(identity) {
  return identity !== undefined && identify(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Signals this very process, never another one that got its id since.
 * @param {ProcessIdentity} identity
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false when it no longer runs
 */
export function signalProcess(identity, signal) {
  return isRunning(identity) && sendSignal(identity.pid, signal);
}

/**
 * @param {number} pid negative for a process group
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false when it no longer runs
 */
export function sendSignal(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}

/** @param {number} pid */
export function childrenOf(pid) {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => /** @type {number} */ (child));
}

/** Start time in clock ticks since boot, field 22 of proc(5)'s stat, with the boot it belongs to. @param {number} pid */
function startOnLinux(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // ENOENT, or ESRCH when it ends while being read
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'X') return undefined;
  // a killed program's first thread may be gone before those that still hold its ports
  if (fields[0] === 'Z' && countThreads(pid) <= 1) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)}-${fields[19]}`;
}

/**
 * Whether every thread of a process is stopped. After SIGSTOP that takes until the thread that gets the signal has been given a
 * processor; the others run on till then.
 * @param {number} pid
 */
export function isStopped(pid) {
  if (process.platform === 'linux')
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    });
  return execFileSync('ps', ['-p', String(pid), '-o', 'state='], { encoding: 'utf8' }).startsWith('T');
}

/** @param {number} pid */
function countThreads(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0; // reaped meanwhile
  }
}

/** @param {number} pid */
function startByPs(pid) {
  try {
    const [state, ...started] = execFileSync('ps', ['-p', String(pid), '-o', 'state=,lstart='], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') || started.length === 0 ? undefined : started.join(' ');
  } catch {
    return undefined; // ps answers 1 for "no such process"
  }
}
