import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE } from '../clone.mjs';
import { isRunning } from '../process-identity.mjs';

/** Data of the private servers, and the records of all processes. */
export const SERVERS = join(WORKSPACE, 'servers');

export const LOGS = join(WORKSPACE, 'logs');

/** One file for each part that is unplugged, holding how. */
export const PLUGS = join(WORKSPACE, 'plugs');

/** What the provision job of what is up was run with: administrators' passwords, so it is for its owner alone. */
export const PROVISION_ENVIRONMENT = join(WORKSPACE, 'provision-environment.json');

export const UP_LOCK = join(WORKSPACE, 'up.lock');

const FILE = join(WORKSPACE, 'state.json');

/**
 * @typedef {object} PartState
 * @property {'starting' | 'running' | 'ended' | 'pulled' | 'stopped' | 'frozen'} state
 * @property {string} description
 * @property {number} [pid]
 */

/**
 * @typedef {object} SystemState
 * @property {import('../process-identity.mjs').ProcessIdentity} supervisor
 * @property {'starting' | 'ready' | 'stopping'} phase
 * @property {Record<string, PartState>} parts what the supervisor started: `database`, `broker` and services
 * @property {string[]} next lines that say what to try
 */

/** @param {SystemState} state */
export function writeState(state) {
  mkdirSync(WORKSPACE, { recursive: true });
  writeFileSync(`${FILE}.new`, JSON.stringify(state, null, 2));
  renameSync(`${FILE}.new`, FILE);
}

/** @returns {SystemState | undefined} undefined when nothing is up, whatever an earlier run that was killed has written */
export function readRunningState() {
  if (!existsSync(FILE)) return undefined;
  /** @type {SystemState} */
  const state = JSON.parse(readFileSync(FILE, 'utf8'));
  return isRunning(state.supervisor) ? state : undefined;
}

export function removeState() {
  rmSync(PROVISION_ENVIRONMENT, { force: true });
  rmSync(FILE, { force: true });
}
