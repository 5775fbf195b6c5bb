import './node-version.mjs';
import { readOptions } from './command-line.mjs';
import { bringUp } from './up/bring-up.mjs';

const USAGE = `npm run dev

Brings everything up as \`npm run up\` does, with the services restarting on every change of the code, and listening for a debugger on
127.0.0.1: the first on port 9229, the others on the next ones, in the order of their names. Ctrl-C stops everything.`;

readOptions(USAGE, []);
process.exit(await bringUp({ mode: 'dev', detach: false }));
