import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import './node-version.mjs';
import { CLONE } from './clone.mjs';
import { build, builtApp } from './up/build.mjs';
import { installPackages, packagesAreInstalled } from './up/packages.mjs';
import { readSettings } from './up/settings.mjs';
import { PROVISION_ENVIRONMENT, readRunningState } from './up/system-state.mjs';

const USAGE = `npm run migration:create -- <service> <words-of-a-name>   writes the next numbered migration of a service
npm run migration:run [-- <service>]                      runs the migrations that have not run yet
npm run migration:revert -- <service>                     undoes the latest migration of a service

They work on the database of what is up; with nothing up, on the one that .env or the environment names (see .env.example).`;

const [command, ...words] = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (!packagesAreInstalled()) await installPackages();
await build();
const { status } = spawnSync(process.execPath, [builtApp('provision'), `migration:${command}`, ...words], {
  cwd: CLONE,
  env: { ...readSettings(), ...ofWhatIsUp() },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

/** @returns {import('./up/settings.mjs').Settings} */
function ofWhatIsUp() {
  if (!readRunningState() || !existsSync(PROVISION_ENVIRONMENT)) return {};
  return JSON.parse(readFileSync(PROVISION_ENVIRONMENT, 'utf8'));
}
