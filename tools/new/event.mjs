import { ChangeSet, Refusal } from '../change-set.mjs';
import { addConsumer, consumerPath } from './consumer.mjs';
import { applyAndAccept, checkService, EVENTS, loadContracts } from './contracts.mjs';
import { addImport, addToList, insertBelow } from './edits.mjs';
import { checkEventName, className, fileName } from './names.mjs';
import { report } from './report.mjs';
import { aggregateId, eventFile } from './templates/event.mjs';

/**
 * @param {string} type
 * @param {{ from: string, to: string[] }} options
 */
export function newEvent(type, { from, to }) {
  checkEventName(type);
  const { services, find } = loadContracts();
  for (const service of [from, ...to]) checkService(service, services);
  if (new Set(to).size < to.length) throw new Refusal('--to names a service twice. Nothing was written.');
  if (find(type)) throw new Refusal(`The event ${type} is there already. Nothing was written.`);

  const changes = new ChangeSet();
  const file = `${EVENTS}/${fileName(type)}.event.ts`;
  changes.create(file, eventFile(type, to));
  listEvent(changes, type, from);
  const data = `{ ${aggregateId(type)}: uuidv7() }`;
  for (const service of to) addConsumer(changes, { type, exported: className(type), service, data });
  report(applyAndAccept(changes), [
    `say what the fact is: ${file}`,
    `npm run contracts:accept -- --forget ${type}, since nobody has deployed it yet`,
    ...to.map(
      (service) =>
        `say what ${service} does: ${consumerPath(type, service)}, and in its test the data that you have added`,
    ),
    `record it where it becomes true, in ${from}: tx.record(${className(type)}, data) in Transactions.run`,
    `npm run test:int -- ${fileName(type)}`,
    'npm run down, then npm run up: the queues and their bindings are made',
  ]);
}

/** @param {ChangeSet} changes @param {string} type @param {string} producer */
function listEvent(changes, type, producer) {
  const [name, from] = [className(type), `./events/${fileName(type)}.event`];
  changes.edit('libs/contracts/src/catalogue.ts', `add ${name} to the events of ${producer}`, (text) => {
    const listed = text.includes(`\n  ${producer}: [`)
      ? addToList(text, `${producer}: `, name)
      : insertAbove(text, /^\}\);\n/, `  ${producer}: [${name}],\n`);
    return listed && addImport(listed, `import { ${name} } from '${from}';`);
  });
  changes.edit('libs/contracts/src/index.ts', `export ${name}`, (text) =>
    insertBelow(text, /^export .* from '\.\/define-event';\n/, `export { ${name} } from '${from}';\n`),
  );
}

/** @param {string} text @param {RegExp} line @param {string} lines */
function insertAbove(text, line, lines) {
  const [match, second] = [...text.matchAll(new RegExp(line, 'gm'))];
  return !match || second ? undefined : text.replace(match[0], () => `${lines}${match[0]}`);
}
