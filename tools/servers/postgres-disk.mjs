import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertPossible } from './possible-faults.mjs';
import { startServerProcess, waitUntilReady } from './server-process.mjs';

const FILLER = 'filler';

/**
 * A file system that only one server sees.
 * @typedef {object} PostgresDisk
 * @property {string} folder where the server sees it
 * @property {string} fromHere the same folder, as this process reaches it
 * @property {string[]} prefix words before a command that is to see it
 * @property {() => Promise<void>} fill takes all that is free
 * @property {() => Promise<void>} free gives that back
 */

/**
 * Makes a file system in memory, in a mount namespace that a process of its own keeps: it outlives the server, and goes with that process,
 * which `endLeftovers` of the home ends.
 * @param {object} options
 * @param {string} options.home
 * @param {string} [options.logs]
 * @param {string} options.size such as `96MB`
 * @param {{ uid?: number, gid?: number }} options.ids whom it belongs to, and whom commands behind the prefix run as
 * @returns {Promise<PostgresDisk>}
 */
export async function makePostgresDisk({ home, logs, size, ids }) {
  const megabytes = /^(\d+)MB$/.exec(size)?.[1];
  if (!megabytes) throw new Error(`a disk's size is such as 96MB, not ${size}`);
  assertPossible('full-disk');
  const folder = join(home, 'disk');
  mkdirSync(folder, { recursive: true });
  const { uid = 0, gid = 0 } = ids;
  const script = 'mount -t tmpfs -o "$1" tmpfs "$2" && exec tail -f /dev/null';
  const mounting = [script, 'disk', `size=${megabytes}m,mode=0700,uid=${uid},gid=${gid}`, folder];
  const keeper = await startServerProcess({
    name: 'disk',
    home,
    logs,
    command: 'unshare',
    args: ['--mount', '--propagation', 'private', 'sh', '-c', ...mounting],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  const isMounted = () =>
    readFileSync(`/proc/${keeper.pid}/mounts`, 'utf8').includes(` ${folder.replaceAll(' ', '\\040')} tmpfs `);
  await waitUntilReady(`the disk of ${size}`, keeper, async () => isMounted(), 10_000);
  const fromHere = join(`/proc/${keeper.pid}/root`, folder);
  const filler = join(fromHere, FILLER);
  const user = uid === 0 ? [] : ['--setuid', String(uid), '--setgid', String(gid)];
  return {
    folder,
    fromHere,
    prefix: ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`, ...user, '--'],
    fill: async () => {
      for (const bytes of [1 << 20, 1 << 12]) while (append(filler, bytes));
    },
    free: async () => rmSync(filler, { force: true }),
  };
}

/** @param {string} file @param {number} bytes @returns {boolean} false when there is no room */
function append(file, bytes) {
  try {
    appendFileSync(file, Buffer.alloc(bytes));
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC') return false;
    throw error;
  }
}
