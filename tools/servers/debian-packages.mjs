// Debian packages unpacked into a folder of the clone, with the C library of their own suite: no root, nothing installed.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../lock.mjs';
import { relocatePrograms } from './relocated-programs.mjs';

const run = promisify(execFile);

/** Raised when what is unpacked or how it is relocated changes: folders of another recipe are made anew. */
const RECIPE = 1;

const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** Packages of the closure that serve installing and administering, and that a running server never loads. */
const NOT_NEEDED = new RegExp(
  `^(${[
    'adduser|base-passwd|debconf|dpkg|tar|passwd|login.*|init-system-helpers|sysvinit-utils|usrmerge|ucf|sensible-utils|lsb-base|netbase',
    'perl.*|libperl.*|libjson-perl|python3.*|libpython3.*|rabbitmqadmin.*|openssl|ssl-cert|socat|procps|libproc2.*',
    'systemd.*|libsystemd-shared|cron.*|logrotate|libpam-.*|libsemanage.*|libsepol.*|libaudit-common|libdb5.*',
    'media-types|tzdata|locales.*|libc-gconv.*|readline-common|libncursesw6|libmimalloc.*|libllvm.*|libclang.*|libz3.*',
    'postgresql-common.*|postgresql-client-common',
  ].join('|')})$`,
);

/**
 * @typedef {object} UnpackedPackages
 * @property {string} folder
 * @property {Record<string, string>} versions by package name
 */

/** @returns {string | undefined} why packages cannot be unpacked on this machine; undefined when they can */
export function whyNotDebian() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID="?debian"?$/m.test(release)) return 'this is not Debian';
  if (process.arch !== 'x64') return `Debian on ${process.arch} has not been tried, only on x64`;
  if (!KEYRINGS.some((file) => existsSync(file))) return 'the package debian-archive-keyring is not installed';
  return undefined;
}

/**
 * Unpacks the packages and all they need from the mirror that apt is configured with, or finds them unpacked. The folder appears
 * whole or not at all; concurrent callers, in this process or another, wait for the first.
 * @param {object} options
 * @param {string} options.folder where to; what else is there under this name is replaced
 * @param {string} options.suite such as `trixie`
 * @param {string[]} options.packages
 * @param {(line: string) => void} [options.progress]
 * @returns {Promise<UnpackedPackages>}
 */
export async function unpackDebianPackages({ folder, suite, packages, progress = () => {} }) {
  const wanted = { recipe: RECIPE, folder, suite, packages };
  return (
    readUnpacked(wanted) ??
    (await withLock(
      `${folder}.lock`,
      async () => readUnpacked(wanted) ?? (await unpack(wanted, progress)),
      (holder) => progress(`process ${holder} is unpacking ${packages.join(', ')}, waiting for it`),
    ))
  );
}

/** @typedef {{ recipe: number, folder: string, suite: string, packages: string[] }} Wanted */

/**
 * Programs are wrapped with absolute paths, so a folder that was moved is as good as none.
 * @param {Wanted} wanted @returns {UnpackedPackages | undefined}
 */
function readUnpacked(wanted) {
  const record = join(wanted.folder, 'unpacked.json');
  if (!existsSync(record)) return undefined;
  const { versions, ...found } = JSON.parse(readFileSync(record, 'utf8'));
  return JSON.stringify(found) === JSON.stringify(wanted) ? { folder: wanted.folder, versions } : undefined;
}

/** @param {Wanted} wanted @param {(line: string) => void} progress @returns {Promise<UnpackedPackages>} */
async function unpack(wanted, progress) {
  const { folder, suite, packages } = wanted;
  const impossible = whyNotDebian();
  if (impossible) throw new Error(`cannot unpack ${packages.join(', ')}: ${impossible}`);
  await removeLeftovers(folder);
  const building = `${folder}.building-${process.pid}`;
  try {
    await mkdir(join(building, 'root'), { recursive: true });
    progress(`fetching ${packages.join(', ')} from Debian ${suite}`);
    const archives = await download(join(building, 'apt'), suite, packages);
    progress(`unpacking ${archives.length} packages`);
    /** @type {Record<string, string>} */
    const versions = {};
    for (const archive of archives) {
      const [name, version] = basename(archive).split('_');
      versions[/** @type {string} */ (name)] = decodeURIComponent(/** @type {string} */ (version));
      await run('dpkg-deb', ['-x', archive, join(building, 'root')]);
    }
    await rm(join(building, 'apt'), { recursive: true });
    await gatherLibraries(building);
    await relocatePrograms({ at: building, becomes: folder });
    await writeFile(join(building, 'unpacked.json'), JSON.stringify({ ...wanted, versions }, null, 2));
    if (existsSync(folder)) renameSync(folder, `${folder}.replaced-${process.pid}`);
    renameSync(building, folder);
    return { folder, versions };
  } finally {
    await removeLeftovers(folder);
  }
}

/** Half-made and replaced folders, from this run or one that was killed. Called by the lock's holder only. @param {string} folder */
async function removeLeftovers(folder) {
  const isLeftover = new RegExp(`^${basename(folder).replaceAll('.', '\\.')}\\.(building|replaced)-\\d+$`);
  for (const name of readdirSync(dirname(folder)).filter((entry) => isLeftover.test(entry))) {
    await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

/**
 * Downloads the closure of the packages, reckoned as if nothing were installed, with a package state of its own.
 * @param {string} state a folder for apt's lists and archives @param {string} suite @param {string[]} packages
 * @returns {Promise<string[]>} the archives
 */
async function download(state, suite, packages) {
  const archives = join(state, 'archives');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  await mkdir(archives);
  await writeFile(join(state, 'status'), '');
  const keyring = KEYRINGS.find((file) => existsSync(file));
  await writeFile(join(state, 'sources.list'), `deb [signed-by=${keyring}] ${mirror()} ${suite} main\n`);
  await writeFile(join(state, 'apt.conf'), aptConfiguration(state));
  const env = { ...process.env, APT_CONFIG: join(state, 'apt.conf'), LC_ALL: 'C', TMPDIR: state };
  /** @param {string[]} args @param {string} [cwd] */
  const apt = async (args, cwd = state) => {
    try {
      return (await run('apt-get', args, { env, cwd, maxBuffer: 1 << 26 })).stdout;
    } catch (error) {
      const { stderr } = /** @type {{ stderr: string }} */ (error);
      throw new Error(`apt-get ${args[0]} for Debian ${suite} failed:\n${stderr.trim()}`);
    }
  };
  await apt(['update', '-q']);
  const plan = await apt(['install', '--simulate', '--no-install-recommends', ...packages]);
  const closure = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => /** @type {string} */ (match[1]));
  await apt(['download', '-q', ...closure.filter((name) => !NOT_NEEDED.test(name))], archives);
  return readdirSync(archives)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(archives, file));
}

/** The archive that apt installs from, not the one for security updates, which has no other suite's packages. */
function mirror() {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const found = targets.split('\n').find((uri) => uri !== '' && !uri.includes('security'));
  if (!found) throw new Error('apt knows no package archive on this machine: name one in /etc/apt/sources.list');
  return found;
}

/**
 * The machine's own settings (proxy, certificates, ...) without its hooks, which are meant for its own package state.
 * @param {string} state
 */
function aptConfiguration(state) {
  const settings = execFileSync('apt-config', ['dump'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => !/^(Dir\b|DPkg::|APT::Update::|\S*(Pre|Post)-(Invoke|Install))/.test(line));
  return [
    ...settings,
    'Dir "/";',
    `Dir::State "${state}";`,
    `Dir::State::status "${state}/status";`,
    `Dir::Cache "${state}/cache";`,
    `Dir::Etc::sourcelist "${state}/sources.list";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::main "/dev/null";',
    'Dir::Etc::parts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Debug::NoLocking "1";',
    `APT::Sandbox::User "${process.getuid?.() === 0 ? 'root' : ''}";`,
    '',
  ].join('\n');
}

/** All shared libraries in `lib`, where the wrapped programs look; what only people read goes. @param {string} folder */
async function gatherLibraries(folder) {
  const lib = join(folder, 'lib');
  for (const parent of [join(folder, 'root/usr/lib'), join(folder, 'root/lib')]) {
    if (!existsSync(parent)) continue;
    for (const triplet of readdirSync(parent).filter((name) => /-linux-gnu/.test(name))) {
      await cp(join(parent, triplet), lib, { recursive: true, verbatimSymlinks: true });
      await rm(join(parent, triplet), { recursive: true });
    }
  }
  for (const unread of ['doc', 'man', 'locale', 'lintian', 'bash-completion']) {
    await rm(join(folder, 'root/usr/share', unread), { recursive: true, force: true });
  }
  await rm(join(lib, 'gconv'), { recursive: true, force: true });
}
