// Programs of unpacked Debian packages expect to live under / with the C library of their suite. These shell wrappers let them run
// from any folder: each starts its program through the loader that was unpacked beside it.

import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const STRACE = 'root/usr/bin/strace';

/**
 * Wraps the programs of Erlang, Postgres and strace where they are found, and links all commands in `bin`.
 * @param {object} options
 * @param {string} options.at the folder as it is now
 * @param {string} options.becomes the folder's final path, which the wrappers name
 */
export async function relocatePrograms({ at, becomes }) {
  await mkdir(join(at, 'bin'));
  const loader = readdirSync(join(at, 'lib')).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  if (!loader) throw new Error(`no C library among the packages unpacked into ${at}`);
  /** @param {string} file relative to the folder */
  const wrap = async (file) => {
    if (!isProgram(join(at, file))) return;
    await rename(join(at, file), join(at, `${file}.bin`));
    const run = [join(becomes, 'lib', loader), '--library-path', join(becomes, 'lib')].map(quote).join(' ');
    await writeScript(join(at, file), [`exec ${run} --argv0 "$0" ${quote(join(becomes, `${file}.bin`))} "$@"`]);
  };
  const erlang = 'root/usr/lib/erlang';
  if (existsSync(join(at, erlang))) {
    for (const folder of [...list(at, erlang, /^erts-/, 'bin'), ...list(at, `${erlang}/lib`, /^os_mon-/, 'priv/bin')]) {
      for (const name of readdirSync(join(at, folder))) await wrap(join(folder, name));
    }
    await shimErlang(at, becomes, erlang);
    for (const folder of list(at, 'root/usr/lib/rabbitmq/lib', /^rabbitmq_server-/, 'sbin'))
      await linkCommands(at, folder);
  }
  for (const folder of list(at, 'root/usr/lib/postgresql', /^\d+$/, 'bin')) {
    for (const name of readdirSync(join(at, folder))) await wrap(join(folder, name));
    await linkCommands(at, folder);
  }
  if (existsSync(join(at, STRACE))) {
    await wrap(STRACE);
    await symlink(join('..', STRACE), join(at, 'bin/strace'));
  }
}

/**
 * Debian's `erl` names /usr/lib/erlang, and RabbitMQ starts second nodes by the `erl` beside the emulator, so all three are replaced;
 * its command-line tools are escripts, which find their emulator by a variable.
 * @param {string} at @param {string} becomes @param {string} erlang
 */
async function shimErlang(at, becomes, erlang) {
  const [runtime] = list(at, erlang, /^erts-/, 'bin');
  if (!runtime) throw new Error(`no Erlang runtime in ${at}/${erlang}`);
  const erl = join(becomes, 'bin/erl');
  await writeScript(join(at, 'bin/erl'), [
    `export ROOTDIR=${quote(join(becomes, erlang))} BINDIR=${quote(join(becomes, runtime))} EMU=beam PROGNAME=erl`,
    `export OPENSSL_MODULES=${quote(join(becomes, 'lib/ossl-modules'))} OPENSSL_CONF=/dev/null`,
    'exec "$BINDIR/erlexec" "$@"',
  ]);
  for (const folder of [`${erlang}/bin`, runtime]) {
    const inner = join(at, folder, 'erl');
    if (existsSync(inner)) await rename(inner, `${inner}.debian`);
    await writeScript(inner, [`exec ${quote(erl)} "$@"`]);
  }
  await writeScript(join(at, 'bin/escript'), [
    `export ESCRIPT_EMULATOR=${quote(erl)}`,
    `exec ${quote(join(becomes, runtime, 'escript'))} "$@"`,
  ]);
  await symlink(join('..', runtime, 'epmd'), join(at, 'bin/epmd'));
}

/** @param {string} at @param {string} folder */
async function linkCommands(at, folder) {
  for (const name of readdirSync(join(at, folder)).filter((entry) => !entry.endsWith('.bin'))) {
    await symlink(join('..', folder, name), join(at, 'bin', basename(name)));
  }
}

/** @param {string} at @param {string} parent @param {RegExp} pattern @param {string} inside @returns {string[]} folders, relative to `at` */
function list(at, parent, pattern, inside) {
  if (!existsSync(join(at, parent))) return [];
  return readdirSync(join(at, parent))
    .filter((name) => pattern.test(name) && existsSync(join(at, parent, name, inside)))
    .map((name) => join(parent, name, inside));
}

/** @param {string} file */
function isProgram(file) {
  if (!lstatSync(file).isFile()) return false;
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString('latin1') === '\x7fELF';
}

/** @param {string} file @param {string[]} lines */
async function writeScript(file, lines) {
  await writeFile(file, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(file, 0o755);
}

/** @param {string} word as one word of a shell command, whatever is in it */
function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
