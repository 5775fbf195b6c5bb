import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import './node-version.mjs';
import { Refusal } from './change-set.mjs';
import { CLONE } from './clone.mjs';
import { readOptions } from './command-line.mjs';
import { ejectSample } from './eject-sample/eject.mjs';
import { summary } from './eject-sample/summary.mjs';
import { applyAndAccept } from './new/contracts.mjs';
import { installPackages, packagesAreInstalled } from './up/packages.mjs';
import { readRunningState } from './up/system-state.mjs';

const USAGE = `npm run eject-sample [-- --yes] [--force]

Takes the sample domain out: the shop's events, tables, endpoints, consumers, demo, end-to-end tests and walk-throughs. What stays is the
messaging and everything around it, the three services by their names, one small event (note.taken, from order to warehouse), and tests that pass.
It shows what goes, and asks. Do it before you add events or services of your own.

  --yes     without asking
  --force   also where git has changes that are not committed, or where there is no git: nothing brings back what goes then`;

const { yes, force } = readOptions(USAGE, ['yes', 'force']);

try {
  if (!force) refuseUncommitted();
  if (readRunningState()) throw new Refusal('Something is up, and would go on with the code as it was: npm run down.');
  if (!packagesAreInstalled()) await installPackages();
  const changes = ejectSample();
  process.stdout.write(`${summary(changes.list())}\n\n`);
  if (yes || (await isWanted())) {
    applyAndAccept(changes);
    process.stdout.write(`Done. Next:
  1. npm test
  2. npm run up, and npm run down -- --wipe before that if it has been up: its data are the sample's
  3. npm run new -- event, consumer or service; then take the notes out
  4. npm uninstall fast-check, if you do not test properties with it\n`);
  } else {
    process.stdout.write('Nothing was changed.\n');
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @throws Refusal where git could not bring back what goes */
function refuseUncommitted() {
  const says = existsSync(`${CLONE}/.git`)
    ? execFileSync('git', ['status', '--porcelain'], { cwd: CLONE, encoding: 'utf8' }).trimEnd()
    : 'there is no git here';
  if (says === '') return;
  throw new Refusal(
    `Commit first, so that git can bring back what goes, or say --force. Nothing was changed.\n${says.split('\n').slice(0, 10).join('\n')}`,
  );
}

async function isWanted() {
  if (!process.stdin.isTTY) throw new Refusal('Nobody is there to ask: say --yes. Nothing was changed.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Take the sample out? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
