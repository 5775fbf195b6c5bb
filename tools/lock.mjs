import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning } from './process-identity.mjs';

let taken = 0;

/**
 * Runs `work` while no other process holds the same lock. A lock whose holder has died is taken over.
 * @template T
 * @param {string} path the lock file; its folder is created
 * @param {() => Promise<T>} work
 * @param {(holder: number) => void} [onWait] called once, with the holder's process id, when the lock is not free
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}.${++taken}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    // link(2) creates the lock together with its content, so nobody ever reads an empty one
    for (let waited = false; !tryLink(own, path); await delay(100)) {
      const holder = readHolder(path);
      if (holder === undefined) continue;
      if (!isRunning(holder)) breakLock(path, own, holder);
      else if (!waited) {
        waited = true;
        onWait?.(holder.pid);
      }
    }
  } finally {
    unlinkSync(own);
  }
  try {
    return await work();
  } finally {
    unlinkSync(path);
  }
}

/** @param {string} own @param {string} path */
function tryLink(own, path) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path @returns {import('./process-identity.mjs').ProcessIdentity | undefined} */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Moves a dead holder's lock aside. Another process may have done so first and taken the lock itself: that one is put back.
 * @param {string} path @param {string} own @param {import('./process-identity.mjs').ProcessIdentity} dead
 */
function breakLock(path, own, dead) {
  const aside = `${own}.broken`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved?.pid !== dead.pid || moved.startedAt !== dead.startedAt) tryLink(aside, path);
  rmSync(aside);
}
