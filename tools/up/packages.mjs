import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CLONE } from '../clone.mjs';

/** In the folder that it speaks of, so that it goes when that goes. */
const STAMP = join(CLONE, 'node_modules', '.waybill-installed');

/** @returns {boolean} whether the packages of this lock file are there, for this Node */
export function packagesAreInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/** Runs `npm ci`. */
export async function installPackages() {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, rest] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  try {
    await promisify(execFile)(command, rest, { cwd: CLONE, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stderr, message } = /** @type {{ stderr?: string, message: string }} */ (error);
    throw new Error(`npm ci failed:\n${stderr?.trim() || message}`);
  }
  mkdirSync(dirname(STAMP), { recursive: true }); // without any package npm makes none
  markInstalled();
}

/** Takes what is in node_modules for what the lock file asks for. */
export function markInstalled() {
  writeFileSync(STAMP, wantedStamp());
}

function wantedStamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(CLONE, 'package-lock.json')))
    .digest('hex');
  return `${lock} node ${process.versions.modules} ${process.platform}-${process.arch}\n`;
}
