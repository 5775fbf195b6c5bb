import { writeFileSync } from 'node:fs';
import './node-version.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { loadSource } from './source-module.mjs';
import { readSettings } from './up/settings.mjs';

const USAGE = `npm run --silent asyncapi [-- --json] [-- --out <file>]

Prints what the services tell each other over RabbitMQ as AsyncAPI 3.1: every event, who sends it, who signs for it, exchanges and queues.
Running services have the same at GET /asyncapi.

  --json         JSON in place of YAML
  --out <file>   writes it to this file

The queues are those of RABBITMQ_QUEUE_TYPE (quorum unless .env or the environment says classic).`;

const { positionals, values } = readCommand(USAGE, { json: { type: 'boolean' }, out: { type: 'string' } });
if (positionals.length > 0) refuse(`not known: ${positionals.join(' ')}`, USAGE);
const { RABBITMQ_QUEUE_TYPE: queueType = 'quorum' } = readSettings();
if (queueType !== 'quorum' && queueType !== 'classic') {
  refuse(`RABBITMQ_QUEUE_TYPE is ${queueType}, and must be quorum or classic`, USAGE);
}
try {
  const { catalogue } = loadSource('libs/contracts/src/index.ts');
  const { asyncApiDocument } = loadSource('libs/messaging/src/asyncapi/document.ts');
  const { stringify } = await import('yaml');
  const document = asyncApiDocument(catalogue, queueType);
  const text = values.json
    ? `${JSON.stringify(document, null, 2)}\n`
    : stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
