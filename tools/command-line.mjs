import { parseArgs } from 'node:util';

/**
 * Reads the flags of a command. For `--help` and for what it does not know it prints the usage and ends the process.
 * @param {string} usage
 * @param {string[]} flags
 * @returns {Record<string, boolean | undefined>}
 */
export function readOptions(usage, flags) {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: /** @type {const} */ ('boolean') }]));
  return /** @type {Record<string, boolean | undefined>} */ (read(usage, options, false).values);
}

/**
 * Reads the words of a command that takes no flags.
 * @param {string} usage
 * @returns {string[]}
 */
export function readWords(usage) {
  return read(usage, {}, true).positionals;
}

/**
 * Reads the words and the options of a command.
 * @template {import('node:util').ParseArgsConfig['options'] & {}} Options
 * @param {string} usage
 * @param {Options} options as for parseArgs
 */
export function readCommand(usage, options) {
  return read(usage, options, true);
}

/** @param {string} problem @param {string} usage @returns {never} */
export function refuse(problem, usage) {
  process.stderr.write(`${problem}\n\n${usage}\n`);
  process.exit(2);
}

/**
 * @template {import('node:util').ParseArgsConfig['options'] & {}} Options
 * @param {string} usage @param {Options} options @param {boolean} allowPositionals
 */
function read(usage, options, allowPositionals) {
  const help = { type: /** @type {const} */ ('boolean'), short: 'h' };
  try {
    const parsed = parseArgs({ options: { ...options, help }, allowPositionals });
    if (!parsed.values.help) return parsed;
  } catch (error) {
    refuse(/** @type {Error} */ (error).message, usage);
  }
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
