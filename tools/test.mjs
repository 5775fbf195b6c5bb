import './node-version.mjs';
import { readOptions } from './command-line.mjs';
import { runSteps } from './testing/run-steps.mjs';
import { usualSteps } from './testing/usual-steps.mjs';

const USAGE = `npm test

Checks everything that is quick to check, on a fresh clone too: installs the packages where they are missing, then format and lint, types,
arrows and cycles between modules, the build, unit tests, integration tests on a private Postgres and RabbitMQ, and end-to-end tests with the
built services. Goes on after a failure, names everything that failed, and ends with the line

  tests: 412 passed, 0 failed, 3 skipped

in which a spec file that could not run at all counts as one failed test. The exit code is 0 only if every step has passed and tests have run.

One kind of test: npm run test:unit, test:int, test:e2e. One file: npm run test:int -- <part of its path>. What is slow as well: npm run test:all.`;

readOptions(USAGE, []);
process.exitCode = await runSteps(usualSteps);
