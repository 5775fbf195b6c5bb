import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import './node-version.mjs';
import { readOptions } from './command-line.mjs';
import { signalProcess } from './process-identity.mjs';
import { endRabbitContainer } from './servers/rabbitmq-container.mjs';
import { endLeftovers } from './servers/server-process.mjs';
import { BROKER_HOME, DATABASE_HOME } from './up/own-servers.mjs';
import { readRunningState, removeState, SERVERS } from './up/system-state.mjs';

const USAGE = `npm run down [-- --wipe]

Stops what \`npm run up\` or \`npm run dev\` has started, and nothing else. Data is kept for the next time.

  --wipe   also remove the data of the private Postgres and RabbitMQ`;

const { wipe } = readOptions(USAGE, ['wipe']);
const state = readRunningState();
if (state) {
  process.stdout.write('stopping the services, the broker and the database\n');
  signalProcess(state.supervisor, 'SIGTERM');
  while (readRunningState()) await delay(50);
}
// what a supervisor that was killed has left
let leftovers = 0;
for (const home of [SERVERS, BROKER_HOME, DATABASE_HOME]) leftovers += await endLeftovers(home);
await endRabbitContainer(BROKER_HOME, { remove: wipe === true });
removeState();
if (wipe) rmSync(SERVERS, { recursive: true, force: true });
const what = state ? 'everything is stopped' : leftovers > 0 ? 'what a killed run had left is ended' : 'nothing was up';
process.stdout.write(`${what}${wipe ? ', and the data removed' : ''}\n`);
