import { spawn } from 'node:child_process';
import { CLONE, COMPILER_ENVIRONMENT } from '../clone.mjs';

/** Milliseconds. A step that takes this long hangs. */
const ENDS_WITHIN = 15 * 60_000;

/**
 * Runs a command in the clone. A signal to this process ends the command first, and then this process.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env] beside the environment of this process
 * @param {boolean} [options.isShown] whether it prints to the terminal itself; else its output is in the error, or the result
 * @returns {Promise<string>} what it has printed
 * @throws Error when it ends with anything but 0
 */
export async function runCommand(command, args, { env = {}, isShown = false } = {}) {
  const child = spawn(command, args, {
    cwd: CLONE,
    env: { ...process.env, ...COMPILER_ENVIRONMENT, ...env },
    stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    timeout: ENDS_WITHIN,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  /** @type {NodeJS.Signals | undefined} */
  let interruption;
  const interrupt = (/** @type {NodeJS.Signals} */ signal) => {
    interruption = signal;
    child.kill(signal);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const ending = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    if (ending !== 0) throw new Error(`${command} ended with ${ending}${output && `\n${output.trimEnd()}`}`);
    return output;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    if (interruption) process.kill(process.pid, interruption);
  }
}
