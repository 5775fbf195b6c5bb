import { ChangeSet, Refusal } from '../change-set.mjs';
import { applyAndAccept, checkService, loadContracts } from './contracts.mjs';
import { addImport, addToList } from './edits.mjs';
import { exampleData } from './example-data.mjs';
import { checkEventName, fileName } from './names.mjs';
import { report } from './report.mjs';
import { consumerFile, consumerSpec } from './templates/consumer.mjs';

/**
 * @param {string} type
 * @param {{ service: string }} options
 */
export function newConsumer(type, { service }) {
  checkEventName(type);
  const { services, find } = loadContracts();
  checkService(service, services);
  const changes = new ChangeSet();
  consumeKnownEvent(changes, find(type), type, service);
  report(applyAndAccept(changes), [
    `say what it does: ${consumerPath(type, service)}`,
    `npm run test:int -- apps/${service}/src/consumers/${fileName(type)}`,
    'npm run down, then npm run up: the queue and its binding are made',
  ]);
}

/**
 * Makes a service a consumer of an event that is there.
 * @param {ChangeSet} changes
 * @param {import('./contracts.mjs').KnownEvent | undefined} event
 * @param {string} type
 * @param {string} service
 */
export function consumeKnownEvent(changes, event, type, service) {
  if (!event) {
    throw new Refusal(
      `There is no event ${type}. A new one: npm run new -- event ${type} --from <service> --to ${service}. Nothing was written.`,
    );
  }
  if (event.consumers.includes(service)) {
    throw new Refusal(`${service} consumes ${type} already: ${event.file} names it. Nothing was written.`);
  }
  changes.edit(event.file, `add '${service}' to consumers`, (text) => addToList(text, 'consumers: ', `'${service}'`));
  addConsumer(changes, { type, exported: event.exported, service, data: exampleData(type, event.schema) });
}

/**
 * The handler of an event in a service, its test, and its place in the service's module.
 * @param {ChangeSet} changes
 * @param {{ type: string, exported: string, service: string, data: string }} consumer `data` is code
 */
export function addConsumer(changes, { type, exported, service, data }) {
  const path = consumerPath(type, service);
  changes.create(path, consumerFile(type, exported));
  changes.create(path.replace(/\.ts$/, '.int.spec.ts'), consumerSpec(type, exported, service, data));
  const name = `${exported}Consumer`;
  const line = `import { ${name} } from './consumers/${fileName(type)}.consumer';`;
  changes.edit(`apps/${service}/src/${service}.module.ts`, `add ${name} to controllers`, (text) => {
    const listed = addToList(text, 'controllers: ', name);
    return listed && addImport(listed, line);
  });
}

/** @param {string} type @param {string} service */
export function consumerPath(type, service) {
  return `apps/${service}/src/consumers/${fileName(type)}.consumer.ts`;
}
