import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user and group `nobody`, which every system knows by name; initdb asks for the name. */
const NOBODY = 65_534;

/**
 * Under whom Postgres runs.
 * @typedef {object} PostgresIdentity
 * @property {string[]} prefix words before the command
 * @property {{ uid?: number, gid?: number }} ids for spawn
 */

/**
 * Postgres refuses to run as root. There it is given a user namespace, in which the same files belong to nobody, or, where the
 * kernel does not allow that, the home is given to nobody.
 * @param {string} home @param {string} bin
 * @returns {Promise<PostgresIdentity>}
 */
export async function findIdentity(home, bin) {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} };
  const namespace = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (await works(namespace, {}, bin)) return { prefix: namespace, ids: {} };
  const ids = { uid: NOBODY, gid: NOBODY };
  if (!(await works([], ids, bin))) {
    throw new Error(
      `Postgres does not run as root, and the user nobody cannot reach ${bin}: run this as an ordinary user, or from a folder that everybody may read`,
    );
  }
  await run('chown', ['-R', `${NOBODY}:${NOBODY}`, home]);
  return { prefix: [], ids };
}

/** @param {string[]} prefix @param {{ uid?: number, gid?: number }} ids @param {string} bin */
async function works(prefix, ids, bin) {
  const [command = '', ...args] = [...prefix, `${bin}/postgres`, '--version'];
  try {
    await run(command, args, ids);
    return true;
  } catch {
    return false;
  }
}
