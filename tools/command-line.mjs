import { parseArgs } from 'node:util';

/**
 * Reads the flags of a command. For `--help` and for what it does not know it prints the usage and ends the process.
 * @param {string} usage
 * @param {string[]} flags
 * @returns {Record<string, boolean | undefined>}
 */
export function readOptions(usage, flags) {
  return /** @type {Record<string, boolean | undefined>} */ (read(usage, flags, false).values);
}

/**
 * Reads the words of a command that takes no flags.
 * @param {string} usage
 * @returns {string[]}
 */
export function readWords(usage) {
  return read(usage, [], true).positionals;
}

/**
 * Reads the options of a command that have a value, as `--rate 20`. For `--help` and for what it does not know, as `readOptions`.
 * @param {string} usage
 * @param {string[]} names
 * @returns {Record<string, string | undefined>}
 */
export function readValues(usage, names) {
  return /** @type {Record<string, string | undefined>} */ (read(usage, [], false, names).values);
}

/** @param {string} problem @param {string} usage @returns {never} */
export function refuse(problem, usage) {
  process.stderr.write(`${problem}\n\n${usage}\n`);
  process.exit(2);
}

/** @param {string} usage @param {string[]} flags @param {boolean} allowPositionals @param {string[]} values */
function read(usage, flags, allowPositionals, values = []) {
  const options = Object.fromEntries([
    ...['help', ...flags].map((flag) => [flag, { type: /** @type {const} */ ('boolean') }]),
    ...values.map((name) => [name, { type: /** @type {const} */ ('string') }]),
  ]);
  try {
    const parsed = parseArgs({ options, allowPositionals });
    if (!parsed.values.help) return parsed;
  } catch (error) {
    refuse(/** @type {Error} */ (error).message, usage);
  }
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
