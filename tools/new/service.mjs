import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeSet, Refusal } from '../change-set.mjs';
import { CLONE } from '../clone.mjs';
import { consumeKnownEvent, consumerPath } from './consumer.mjs';
import { applyAndAccept, loadContracts } from './contracts.mjs';
import { addImport, addToList, insertBelow } from './edits.mjs';
import { checkEventName, checkServiceName } from './names.mjs';
import { report } from './report.mjs';
import { composeService, environmentExamples, nestProject, serviceFiles } from './templates/service.mjs';

/** What the sample's last word on an order is. */
const USUAL_EVENT = 'order.confirmed';

/**
 * @param {string} name
 * @param {{ consumes?: string }} options
 */
export function newService(name, { consumes = USUAL_EVENT }) {
  const { services, find } = loadContracts();
  if (services.includes(name)) throw new Refusal(`There is a service ${name} already. Nothing was written.`);
  checkServiceName(name);
  checkEventName(consumes);
  if (existsSync(join(CLONE, 'apps', name))) throw new Refusal(`apps/${name} is there already. Nothing was written.`);
  const port = nextPort();
  const changes = new ChangeSet();
  for (const [path, text] of Object.entries(serviceFiles(name, port))) changes.create(`apps/${name}/${path}`, text);
  listService(changes, name);
  writeEnvironment(changes, name, port, services);
  writeCompose(changes, name, port, services);
  consumeKnownEvent(changes, find(consumes), consumes, name);
  report(applyAndAccept(changes), [
    `say what it does: ${consumerPath(consumes, name)}`,
    `npm run test:int -- apps/${name}`,
    `npm run down, then npm run up: it is at http://127.0.0.1:${port}, with a schema, a broker user and a queue of its own`,
    `npm run new -- event <aggregate.fact> --from ${name} --to <service>, once it has something to tell`,
  ]);
}

/** Where code has to name it: the compiler or a test finds what is missing. @param {ChangeSet} changes @param {string} name */
function listService(changes, name) {
  changes.edit('libs/contracts/src/services.ts', `add '${name}' to services`, (text) =>
    addToList(text, 'services = ', `'${name}'`),
  );
  changes.edit('apps/provision/src/services.ts', `add ${name} to serviceDatabases`, (text) => {
    const match = /(serviceDatabases[^=]*= \{)([^{}]*)\}/.exec(text);
    if (!match) return undefined;
    const listed = text.replace(match[0], `${match[1]}${match[2]?.trimEnd().replace(/,$/, '')}, ${name} }`);
    return addImport(listed, `import { database as ${name} } from '../../${name}/src/database';`);
  });
  changes.edit('nest-cli.json', `add ${name} to projects`, (text) =>
    insertBelow(text, /^ {2}"projects": \{\n/, nestProject(name)),
  );
}

/** @param {ChangeSet} changes @param {string} name @param {number} port @param {string[]} services */
function writeEnvironment(changes, name, port, services) {
  const last = services.at(-1) ?? '';
  for (const [variable, value] of Object.entries(environmentExamples(name, port))) {
    const line = `# ${name.toUpperCase()}_${variable}=${value}\n`;
    changes.edit('.env.example', `add "${line.trim()}"`, (text) =>
      insertBelow(text, new RegExp(`^#? ?${last.toUpperCase()}_${variable}=.*\\n`), line),
    );
  }
}

/** @param {ChangeSet} changes @param {string} name @param {number} port @param {string[]} services */
function writeCompose(changes, name, port, services) {
  const file = 'docker-compose.yml';
  const last = services.at(-1) ?? '';
  const [own, lastOwn] = [name.toUpperCase(), last.toUpperCase()];
  changes.edit(file, `add a service ${name}, like that of ${last}`, (text) =>
    insertBelow(text, new RegExp(`^ {2}${last}:\\n(?: {4}.*\\n)+`), composeService(name, port)),
  );
  changes.edit(file, `tell the order service ${own}_URL`, (text) =>
    insertBelow(text, new RegExp(`^ {6}${lastOwn}_URL: .*\\n`), `      ${own}_URL: http://${name}:${port}\n`),
  );
  changes.edit(file, `tell the provision job ${own}_DATABASE_URL and ${own}_RABBITMQ_URL`, (text) =>
    insertBelow(
      text,
      new RegExp(`^ {6}${lastOwn}_RABBITMQ_URL: .*\\n`),
      `      ${own}_DATABASE_URL: *${name}-database\n      ${own}_RABBITMQ_URL: *${name}-broker\n`,
    ),
  );
}

/** @returns {number} one above the highest that a service has */
function nextPort() {
  const example = readFileSync(join(CLONE, '.env.example'), 'utf8');
  const ports = [...example.matchAll(/^#? ?[A-Z0-9]+_PORT=(\d+)$/gm)].map(([, port]) => Number(port));
  return Math.max(...ports.filter((port) => port < 10_000)) + 1;
}
