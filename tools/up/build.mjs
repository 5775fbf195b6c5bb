import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLONE, COMPILER_ENVIRONMENT, WORKSPACE } from '../clone.mjs';

const STAMP = join(WORKSPACE, 'built');

const SOURCES = ['apps', 'libs', 'package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json', '.swcrc'];

/** @param {string} app @returns {string} the file that starts it */
export function builtApp(app) {
  return join(CLONE, 'dist', 'apps', app, 'src', 'main.js');
}

/** @param {string[]} apps @returns {boolean} whether these apps are built from the sources as they are now */
export function isBuilt(apps) {
  return (
    apps.every((app) => existsSync(builtApp(app))) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint()
  );
}

/** Runs `npm run build`. */
export async function build() {
  const before = fingerprint();
  const env = { ...process.env, ...COMPILER_ENVIRONMENT };
  try {
    await promisify(execFile)('npm', ['run', 'build'], { cwd: CLONE, env, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`npm run build failed:\n${`${stdout}${stderr}`.trim()}`);
  }
  mkdirSync(WORKSPACE, { recursive: true });
  writeFileSync(STAMP, before);
}

/** Of names, sizes and times, not of contents: it is asked at every start. */
function fingerprint() {
  const hash = createHash('sha256');
  /** @param {string} path relative to the clone */
  const add = (path) => {
    const stats = statSync(join(CLONE, path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) for (const name of readdirSync(join(CLONE, path)).sort()) add(join(path, name));
    else if (stats) hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`);
  };
  SOURCES.forEach(add);
  return hash.digest('hex');
}
