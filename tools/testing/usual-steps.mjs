import { build } from '../up/build.mjs';
import { installPackages, packagesAreInstalled } from '../up/packages.mjs';
import { runJest } from './jest.mjs';
import { runCommand } from './run-command.mjs';

/** End-to-end specs that take long, so that `npm test` takes less than four minutes; `npm run test:all` has them, too. */
export const LONG_SPECS =
  '(test/(bench|cut-off|demo|garbage(-receipts)?|newer-version|order-deadline|priority|readme|retries|system)|chaos/.*)\\.e2e';

/** The steps of `npm test`. @type {import('./run-steps.mjs').Step[]} */
export const usualSteps = [
  {
    name: 'packages',
    run: async () => {
      if (!packagesAreInstalled()) await installPackages();
    },
  },
  script('format and lint', 'lint'),
  script('types', 'types'),
  script('arrows and cycles', 'arrows'),
  { name: 'build', needs: ['packages'], run: build },
  specs('unit', ['packages']),
  specs('int', ['packages']),
  specs('e2e', ['packages', 'build'], [`--testPathIgnorePatterns=${LONG_SPECS}`]),
];

/** @param {string} name @param {string} npmScript @returns {import('./run-steps.mjs').Step} */
function script(name, npmScript) {
  return {
    name,
    needs: ['packages'],
    run: async () => {
      await runCommand('npm', ['run', '--silent', npmScript]);
    },
  };
}

/** @param {string} project @param {string[]} needs @param {string[]} args @returns {import('./run-steps.mjs').Step} */
function specs(project, needs, args = []) {
  return {
    name: `${project} tests`,
    needs,
    isShown: true,
    run: () => runJest(['--selectProjects', project, ...args]),
  };
}
