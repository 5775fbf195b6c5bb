import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './node-version.mjs';
import { CLONE } from './clone.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { loadSource } from './source-module.mjs';

const USAGE = `npm run contracts:check                           says whether the contracts are as they were accepted
npm run contracts:accept [-- --forget <type> …]  accepts them as they are: writes libs/contracts/contracts.snapshot.json

Under the same version, only what every build can read is accepted; for anything else, raise the \`version\` of the event.

  --forget <type>   no deployed build, queue or table knows this event as it was accepted: it may be gone, or differ in any way`;

const SNAPSHOT = join(CLONE, 'libs/contracts/contracts.snapshot.json');

const { positionals, values } = readCommand(USAGE, { forget: { type: 'string', multiple: true } });
const command = positionals.join(' ');
if (command !== 'check' && command !== 'accept') refuse(`not known: ${command || 'no command'}`, USAGE);
if (command === 'check' && values.forget) refuse('--forget goes with accept', USAGE);
try {
  if (command === 'check') check();
  else accept(values.forget ?? []);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}

function check() {
  const { changesSince } = loadSource('libs/contracts/src/acceptance/contract-changes.ts');
  const { contractReport } = loadSource('libs/contracts/src/acceptance/contract-report.ts');
  const report = contractReport(changesSince(readAccepted(), readToday()));
  if (report) throw new Error(report);
  process.stdout.write('The contracts are as they were accepted.\n');
}

/** @param {string[]} forgotten */
function accept(forgotten) {
  const { acceptContracts } = loadSource('libs/contracts/src/acceptance/accept-contracts.ts');
  const { describeChange } = loadSource('libs/contracts/src/acceptance/contract-report.ts');
  const today = readToday();
  const changes = acceptContracts(readAccepted(), today, forgotten);
  writeFileSync(SNAPSHOT, `${JSON.stringify(today, null, 2)}\n`);
  for (const change of changes) process.stdout.write(`${describeChange(change)}\n`);
  process.stdout.write('The contracts are accepted.\n');
}

function readToday() {
  const { catalogue } = loadSource('libs/contracts/src/catalogue.ts');
  const { snapshotOf } = loadSource('libs/contracts/src/acceptance/contract-snapshot.ts');
  return snapshotOf(catalogue);
}

/** Without a snapshot, nothing has been accepted yet. */
function readAccepted() {
  if (!existsSync(SNAPSHOT)) return {};
  try {
    return JSON.parse(readFileSync(SNAPSHOT, 'utf8'));
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    throw new Error(`${SNAPSHOT} is not JSON (${reason}): take it as git has it, then accept`, { cause: error });
  }
}
