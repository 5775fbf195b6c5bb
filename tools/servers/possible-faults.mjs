// What some faults need of a machine, for whoever must skip them where it is missing. As a program it prints the reasons as JSON:
//   node tools/servers/possible-faults.mjs   -> {"partition":"this is not Linux", ...}

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { whyNotDebian } from './debian-packages.mjs';

/** @typedef {'full-disk' | 'slow-fsync' | 'cluster' | 'partition'} Fault */

/** Each answers why its fault cannot be brought about on this machine; undefined when it can. @type {Record<Fault, () => string | undefined>} */
const REASONS = {
  'full-disk': () => notRootOnLinux() ?? refuses('unshare', ['--mount', 'true'], ['unshare', 'nsenter', 'mount']),
  'slow-fsync': () => notRootOnLinux() ?? (refuses('strace', ['-V']) === undefined ? undefined : noStrace()),
  cluster: () => notLinux(),
  partition: () => notRootOnLinux() ?? refuses('unshare', ['--net', 'ip', 'link'], ['unshare', 'nsenter', 'ip']),
};

/** @param {Fault} fault @throws Error that says why it cannot be brought about here */
export function assertPossible(fault) {
  const reason = REASONS[fault]();
  if (reason) throw new Error(`A ${fault.replace('-', ' ')} cannot be brought about on this machine: ${reason}`);
}

/** Every address that begins with 127 is the machine's own on Linux alone. */
function notLinux() {
  return process.platform === 'linux' ? undefined : `it needs Linux, and this is ${process.platform}`;
}

function notRootOnLinux() {
  return notLinux() ?? (process.getuid?.() === 0 ? undefined : 'it needs root');
}

function noStrace() {
  const notDebian = whyNotDebian();
  return notDebian && `strace is not installed, and cannot be unpacked from Debian: ${notDebian}`;
}

/** @param {string} command @param {string[]} args @param {string[]} [programs] that must be installed */
function refuses(command, args, programs = [command]) {
  try {
    for (const program of programs) execFileSync(program, ['--version'], { stdio: 'ignore' });
  } catch (error) {
    const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOENT') return `${path ?? command} is not installed`;
  }
  try {
    execFileSync(command, args, { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error).message.trim().split('\n').at(-1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(Object.fromEntries(Object.entries(REASONS).map(([fault, why]) => [fault, why()]))));
}
