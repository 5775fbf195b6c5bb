import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE } from '../clone.mjs';
import { unpackDebianPackages } from './debian-packages.mjs';
import { assertPossible } from './possible-faults.mjs';
import { startServerProcess, stopServerProcess, waitUntilReady } from './server-process.mjs';

const ATTACHED_WITHIN = 10_000;

/**
 * Delays every fsync and fdatasync of processes, and of what they start, before the call is made. They are traced meanwhile, which makes their
 * other system calls slower, too.
 * @typedef {object} SlowFsync
 * @property {(milliseconds: number) => Promise<void>} slow from now on, each call is delayed by so much
 * @property {() => Promise<void>} restore
 * @property {() => boolean} isSlow
 */

/**
 * @param {object} options
 * @param {string} options.home
 * @param {string} [options.logs] folder for what strace has to say
 * @param {() => number[]} options.pids the processes, now
 * @param {(line: string) => void} [options.progress]
 * @returns {SlowFsync}
 */
export function createSlowFsync({ home, logs, pids, progress }) {
  /** @type {import('./server-process.mjs').ServerProcess[]} */
  const tracers = [];
  const restore = async () => {
    for (const tracer of tracers.splice(0)) await stopServerProcess(tracer, 'SIGINT', 5_000);
  };
  return {
    restore,
    isSlow: () => tracers.some((tracer) => tracer.isRunning()),
    slow: async (milliseconds) => {
      assertPossible('slow-fsync');
      const command = await findStrace(progress);
      await restore();
      const inject = `inject=fsync,fdatasync:delay_enter=${Math.round(milliseconds * 1_000)}`;
      const args = ['-f', '-q', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
      // again for what a process has started before it was traced itself
      for (let untraced = pids().filter(isUntraced); untraced.length > 0; untraced = pids().filter(isUntraced)) {
        const tracer = await startServerProcess({
          name: `strace-${tracers.length}`,
          home,
          logs,
          command,
          args: [...args, ...untraced.flatMap((pid) => ['-p', String(pid)])],
          env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
        });
        tracers.push(tracer);
        await waitUntilReady('strace', tracer, async () => !untraced.some(isUntraced), ATTACHED_WITHIN);
      }
    },
  };
}

/** @param {number} pid @returns {boolean} false also for one that has ended */
function isUntraced(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // A zombie has ended, and nobody may trace it.
    return /^TracerPid:\t0$/m.test(status) && !/^State:\tZ/m.test(status);
  } catch {
    return false; // ENOENT, or ESRCH when it ends while being read
  }
}

/** The installed one, or else Debian's, unpacked into the clone. @param {(line: string) => void} [progress] @returns {Promise<string>} */
async function findStrace(progress) {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return 'strace';
  } catch {
    return await unpackedStrace(progress);
  }
}

/** @param {(line: string) => void} [progress] @returns {Promise<string>} */
export async function unpackedStrace(progress) {
  const folder = join(WORKSPACE, 'packages', 'trixie-strace');
  await unpackDebianPackages({ folder, suite: 'trixie', packages: ['strace'], progress });
  return join(folder, 'bin/strace');
}
