import { readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { WORKSPACE } from '../clone.mjs';
import { runJest } from './jest.mjs';
import { runCommand } from './run-command.mjs';
import { LONG_SPECS } from './usual-steps.mjs';

/** @typedef {import('./run-steps.mjs').Step} Step */

/** The newest Node that is supported; `npm test` runs under the one that is installed. */
const NEWEST_NODE = 24;

/** The oldest broker that is supported, which calls for classic queues. */
const OLDEST_BROKER = '3.10';

/** End-to-end specs that would only say again what they have said on the newest one. */
const SAME_ON_ANY_BROKER =
  'chaos/|test/(bench|crash-points|database-away|demo|end-of-a-process|garbage|http|logs|newer-version|order-(buyers|deadline|ends|keys)|readme)';

/** End-to-end specs that have most of a service's life in them; the others concern servers and messages, to which Node is one as another. */
const ANY_NODE = 'test/(first-light|order-ends)';

/** Specs of what the sample stands on; the tools start servers and commands. */
const PRODUCT = 'libs/(contracts|messaging|service)/.*';

/** What `npm run test:all` adds. @type {Step[]} */
export const slowSteps = [
  {
    name: 'longer e2e tests',
    needs: ['packages', 'build'],
    isShown: true,
    run: () => runJest(['--selectProjects', 'e2e', '--passWithNoTests', `--testPathPatterns=${LONG_SPECS}`]),
  },
  { name: 'fault suite, short form', needs: ['packages', 'build'], isShown: true, run: runShortChaos },
  underNewestNode(
    'unit and int tests',
    ['--selectProjects', 'unit', 'int', `--testPathPatterns=${PRODUCT}`],
    ['packages'],
  ),
  underNewestNode('e2e tests', ['--selectProjects', 'e2e', `--testPathPatterns=${ANY_NODE}`], ['packages', 'build']),
  onOldestBroker('int tests', ['--selectProjects', 'int', '--testPathPatterns=libs/messaging'], ['packages']),
  onOldestBroker(
    'e2e tests',
    ['--selectProjects', 'e2e', `--testPathIgnorePatterns=${SAME_ON_ANY_BROKER}`],
    ['packages', 'build'],
  ),
  {
    name: 'slow tests',
    needs: ['packages'],
    isShown: true,
    run: () => runJest(['--selectProjects', 'slow', '--passWithNoTests']),
  },
];

/** Each scenario counts as a test. */
async function runShortChaos() {
  const file = join(WORKSPACE, 'chaos/results.json');
  rmSync(file, { force: true });
  const ended = await runCommand(process.execPath, ['tools/chaos.mjs', '--short', '--minutes', '0.3'], {
    isShown: true,
  }).catch((/** @type {Error} */ error) => error);
  /** @type {{ results: { verdict: 'passed' | 'failed' | 'skipped' }[] }} */
  const { results } = JSON.parse(readFileSync(file, 'utf8'));
  const tests = { passed: 0, failed: 0, skipped: 0 };
  for (const { verdict } of results) tests[verdict]++;
  if (ended instanceof Error && tests.failed === 0) throw ended;
  return tests;
}

/** @param {string} name @param {string[]} args @param {string[]} needs @returns {Step} */
function underNewestNode(name, args, needs) {
  return {
    name: `${name} under Node ${NEWEST_NODE}`,
    needs,
    isShown: true,
    run: async () => {
      const node = await findNode(NEWEST_NODE);
      return await runJest(args, { node, env: { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` } });
    },
  };
}

/** @param {string} name @param {string[]} args @param {string[]} needs @returns {Step} */
function onOldestBroker(name, args, needs) {
  return {
    name: `${name} on RabbitMQ ${OLDEST_BROKER} with classic queues`,
    needs,
    isShown: true,
    run: () => runJest(args, { env: { WAYBILL_TEST_BROKER: OLDEST_BROKER, WAYBILL_TEST_RABBITMQ_URL: '' } }),
  };
}

/**
 * Has npm fetch a Node into its cache, unless it is there.
 * @param {number} major
 * @returns {Promise<string>} its program
 */
async function findNode(major) {
  const tell = 'console.log(JSON.stringify([process.version, process.execPath]))';
  const output = await runCommand('npm', ['exec', '--yes', `--package=node@${major}`, '--', 'node', '-e', tell]);
  const [version, path] = JSON.parse(output.slice(output.lastIndexOf('["v')));
  if (!version.startsWith(`v${major}.`)) throw new Error(`npm exec has brought Node ${version}, not ${major}`);
  return path;
}
