import './node-version.mjs';
import { readOptions } from './command-line.mjs';
import { runSteps } from './testing/run-steps.mjs';
import { slowSteps } from './testing/slow-steps.mjs';
import { usualSteps } from './testing/usual-steps.mjs';

const USAGE = `npm run test:all

Everything that \`npm test\` does, and then what is slow: the longer end-to-end tests; the short form of \`npm run chaos\`; the tests once more under Node 24, which npm fetches into
its cache; the tests of messaging and the end-to-end tests on RabbitMQ 3.10 with classic queues; and what is tried in copies of this clone: one
more service, and taking the sample out.

Ends as \`npm test\` does, with one line of sums over everything: a test that has run three times counts three times.

  tests: 1236 passed, 0 failed, 9 skipped`;

readOptions(USAGE, []);
process.exitCode = await runSteps([...usualSteps, ...slowSteps]);
