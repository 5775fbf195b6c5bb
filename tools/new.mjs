import './node-version.mjs';
import { Refusal } from './change-set.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { newConsumer } from './new/consumer.mjs';
import { newEvent } from './new/event.mjs';
import { newService } from './new/service.mjs';
import { installPackages, packagesAreInstalled } from './up/packages.mjs';

const USAGE = `npm run new -- event <aggregate.fact> --from <service> --to <service>[,<service>…]
npm run new -- consumer <aggregate.fact> --in <service>
npm run new -- service <name> [--consumes <aggregate.fact>]

Writes what is the same every time, with a test that passes, and leaves the rest to you.

  event      its contract and its line in the catalogue, and a consumer in each service that it goes to
  consumer   a consumer of an event that is there, in a service that has none yet
  service    an app with a database schema and a broker user of its own, which consumes one event (order.confirmed if you name none)

Nothing is written unless all of it can be. Each file is named, and what to do next.`;

/** What each kind takes: its options, and whether they may be left out. @type {Record<string, Record<string, 'needed' | 'optional'>>} */
const KINDS = {
  event: { from: 'needed', to: 'needed' },
  consumer: { in: 'needed' },
  service: { consumes: 'optional' },
};

const value = { type: /** @type {const} */ ('string') };
const {
  positionals: [kind, name, ...rest],
  values: options,
} = readCommand(USAGE, { from: value, to: value, in: value, consumes: value });
const takes = KINDS[kind ?? ''];
if (!takes) refuse(kind ? `not known: ${kind}` : 'Say what: event, consumer or service.', USAGE);
if (!name) refuse(`Name the ${kind}.`, USAGE);
if (rest.length > 0) refuse(`not known: ${rest.join(' ')}`, USAGE);
for (const [option, need] of Object.entries(takes)) {
  if (need === 'needed' && !options[/** @type {keyof typeof options} */ (option)])
    refuse(`A new ${kind} needs --${option}.`, USAGE);
}
for (const option of Object.keys(options)) if (!takes[option]) refuse(`A new ${kind} has no --${option}.`, USAGE);

try {
  if (!packagesAreInstalled()) await installPackages();
  const { from = '', to = '', in: service = '', consumes } = options;
  if (kind === 'event') await newEvent(name, { from, to: to.split(',') });
  else if (kind === 'consumer') await newConsumer(name, { service });
  else await newService(name, { consumes });
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
