import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user and group `nobody`, which every system knows by name. */
const NOBODY = 65_534;

/**
 * Under whom Postgres runs.
 * @typedef {object} PostgresIdentity
 * @property {string[]} prefix words before the command
 * @property {{ uid?: number, gid?: number }} ids for spawn
 */

/**
 * Postgres refuses to run as root, and as a user without a name, which containers like to have. Such a user's files belong to nobody
 * in a user namespace of Postgres' own; where the kernel does not allow that, root gives the home to nobody.
 * @param {string} home an existing folder
 * @param {string} bin
 * @returns {Promise<PostgresIdentity>}
 */
export async function findIdentity(home, bin) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { prefix: [], ids: {} };
  const namespace = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (await works(namespace, {}, bin)) return { prefix: namespace, ids: {} };
  if (!isRoot) {
    throw new Error(`Postgres needs a user with a name, and user id ${process.getuid?.()} has none in /etc/passwd`);
  }
  const ids = { uid: NOBODY, gid: NOBODY };
  if (!(await works([], ids, bin))) {
    throw new Error(
      `Postgres does not run as root, and the user nobody cannot reach ${bin}: run this as an ordinary user, or from a folder that everybody may read`,
    );
  }
  await run('chown', ['-R', `${NOBODY}:${NOBODY}`, home]);
  return { prefix: [], ids };
}

function hasName() {
  try {
    return userInfo().username !== '';
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ERR_SYSTEM_ERROR') return false;
    throw error;
  }
}

/** @param {string[]} prefix @param {{ uid?: number, gid?: number }} ids @param {string} bin */
async function works(prefix, ids, bin) {
  const [command = '', ...args] = [...prefix, `${bin}/postgres`, '--version'];
  try {
    await run(command, args, ids);
    return true;
  } catch {
    return false; // whatever the reason, there is another way to try
  }
}
