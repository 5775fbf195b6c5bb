import { Terminal } from '../up/terminal.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Tests `skipped` counts what is marked so, and what is still to be written */

/**
 * One thing that must be right. It fails by throwing, or by a test that has failed.
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} [needs] names of steps without which this one would only say what is known already
 * @property {boolean} [isShown] whether it prints its own progress
 * @property {() => Promise<Tests | void>} run
 */

/**
 * Runs the steps one after the other, also after one has failed. The last line that it prints is
 * `tests: 412 passed, 0 failed, 3 skipped`, over all steps; above it stands everything that has failed.
 * @param {Step[]} steps
 * @returns {Promise<number>} the exit code: 0 only if every step has passed and at least one test has run
 */
export async function runSteps(steps) {
  const terminal = new Terminal();
  const tests = { passed: 0, failed: 0, skipped: 0 };
  /** @type {Map<string, string>} what has gone wrong, by the step's name */
  const failures = new Map();
  for (const step of steps) {
    const missing = step.needs?.find((name) => failures.has(name));
    if (missing) {
      failures.set(step.name, `not run: it needs ${missing}`);
      continue;
    }
    const startedAt = Date.now();
    if (step.isShown) terminal.print(`\n${step.name}:`);
    else terminal.begin(step.name, step.name);
    try {
      const counted = await step.run();
      if (counted) {
        for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) tests[key] += counted[key];
        if (counted.failed > 0) throw new Error(`${counted.failed} failed`);
      }
      terminal.end(step.name, counted ? `${step.name}: ${summary(counted)}` : step.name, Date.now() - startedAt);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      failures.set(step.name, message.split('\n', 1).join());
      terminal.fail(`${step.name} failed (${((Date.now() - startedAt) / 1000).toFixed(1)} s): ${message}`);
    }
  }
  const isEmpty = tests.passed + tests.failed === 0;
  terminal.print('');
  for (const [name, problem] of failures) terminal.loud(`${name}: ${problem}`);
  if (isEmpty) terminal.loud('no test has run');
  terminal.print(`tests: ${summary(tests)}`);
  return failures.size > 0 || isEmpty ? 1 : 0;
}

/** @param {Tests} tests */
function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
