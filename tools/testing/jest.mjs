import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { WORKSPACE } from '../clone.mjs';
import { runCommand } from './run-command.mjs';

/**
 * @typedef {object} JestResults the part of jest's `--json` that is read here
 * @property {number} numPassedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults a file each
 */

/**
 * Runs jest and counts what it reports.
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.node] the Node to run it under
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<import('./run-steps.mjs').Tests>}
 * @throws Error when jest finds no test, cannot start or end what all tests share, or fails although no test has failed
 */
export async function runJest(args, { node = process.execPath, env } = {}) {
  const file = join(WORKSPACE, `jest-results-${process.pid}.json`);
  mkdirSync(WORKSPACE, { recursive: true });
  rmSync(file, { force: true });
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const failure = await runCommand(node, [jest, ...args, '--json', `--outputFile=${file}`], {
    env,
    isShown: true,
  }).then(
    () => undefined,
    (error) => error,
  );
  if (!existsSync(file)) throw new Error('jest has left no results', { cause: failure });
  const tests = count(JSON.parse(readFileSync(file, 'utf8')));
  rmSync(file);
  if (failure && tests.failed === 0) throw new Error('jest failed, though no test did', { cause: failure });
  return tests;
}

/**
 * A file that fails as a whole (it does not compile, its `afterAll` throws) counts as one failed test, so that none goes unseen.
 * @param {JestResults} results
 */
function count({ numPassedTests, numPendingTests, numTodoTests, testResults }) {
  const failed = testResults.map(({ status, assertionResults }) => {
    const failures = assertionResults.filter((result) => result.status === 'failed').length;
    return status === 'failed' ? Math.max(failures, 1) : failures;
  });
  return {
    passed: numPassedTests,
    failed: failed.reduce((sum, failures) => sum + failures, 0),
    skipped: numPendingTests + numTodoTests,
  };
}
