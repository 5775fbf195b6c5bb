import { execFile } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Makes a server's data folder, whole or not at all.
 * @param {object} options
 * @param {string} options.home
 * @param {string} options.folder what the data folder comes to lie in, as programs behind the prefix see it
 * @param {string} options.fromHere the same folder, as this process reaches it
 * @param {string} options.admin user, and password
 * @param {string} options.database @param {boolean} options.durable @param {string} options.bin
 * @param {import('./postgres-identity.mjs').PostgresIdentity} options.identity @param {Record<string, string>} options.env
 */
export async function makePostgresData({ home, folder, fromHere, admin, database, durable, bin, identity, env }) {
  const making = join(folder, 'data.making');
  /** @param {string} program @param {string[]} args @param {string} input */
  const run = async (program, args, input) => {
    const [command = '', ...rest] = [...identity.prefix, join(bin, program), ...args];
    const running = promisify(execFile)(command, rest, { env, cwd: home, ...identity.ids });
    running.child.stdin?.end(input);
    await running;
  };
  rmSync(join(fromHere, 'data.making'), { recursive: true, force: true });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, admin);
  const access = ['--username', admin, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  await run(
    'initdb',
    ['-D', making, ...access, '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
    '',
  );
  rmSync(passwordFile);
  // by the server itself in single-user mode, because not every installation comes with a client
  if (database !== 'postgres')
    await run('postgres', ['--single', '-D', making, 'postgres'], `create database "${database}"\n`);
  renameSync(join(fromHere, 'data.making'), join(fromHere, 'data'));
}
