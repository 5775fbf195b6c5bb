import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../change-set.mjs';
import { CLONE } from '../clone.mjs';
import { loadSource } from '../source-module.mjs';

export const EVENTS = 'libs/contracts/src/events';

export const SNAPSHOT = 'libs/contracts/contracts.snapshot.json';

/**
 * An event of the catalogue, and where it is written down.
 * @typedef {object} KnownEvent
 * @property {string} type
 * @property {string[]} consumers
 * @property {unknown} schema of zod
 * @property {string} file
 * @property {string} exported its name in code
 */

/**
 * The contracts as they are in the clone now.
 * @returns {{ services: string[], find: (type: string) => KnownEvent | undefined }}
 */
export function loadContracts() {
  const { catalogue, services } = loadSource('libs/contracts/src/index.ts');
  return {
    services: [...services],
    find: (type) => {
      const entry = catalogue.find(type);
      return entry && { ...entry.event, ...whereIs(type) };
    },
  };
}

/** @param {string} name @param {string[]} services @throws Refusal when it is the name of none */
export function checkService(name, services) {
  if (services.includes(name)) return;
  throw new Refusal(
    `There is no service "${name}": ${services.join(', ')}. A new one: npm run new -- service <name>. Nothing was written.`,
  );
}

/**
 * Writes changes that the contracts are part of, and accepts these.
 * @param {import('../change-set.mjs').ChangeSet} changes
 * @returns {string[]} a line for each file
 * @throws Refusal when the contracts were not as accepted before
 */
export function applyAndAccept(changes) {
  const before = snapshot();
  const lines = changes.apply(() => {
    try {
      execFileSync(process.execPath, ['tools/contracts.mjs', 'accept'], { cwd: CLONE, encoding: 'utf8' });
    } catch (error) {
      const { stderr } = /** @type {{ stderr: string }} */ (error);
      throw new Refusal(`${stderr}npm run contracts:check says what to do. Nothing was written.`);
    }
  });
  return snapshot() === before ? lines : [...lines.filter((line) => !line.endsWith(SNAPSHOT)), `changed  ${SNAPSHOT}`];
}

function snapshot() {
  return existsSync(join(CLONE, SNAPSHOT)) ? readFileSync(join(CLONE, SNAPSHOT), 'utf8') : undefined;
}

/** @param {string} type */
function whereIs(type) {
  for (const name of readdirSync(join(CLONE, EVENTS))) {
    const file = `${EVENTS}/${name}`;
    const text = readFileSync(join(CLONE, file), 'utf8');
    if (!text.includes(`type: '${type}'`)) continue;
    const exported = /^export const (\w+) = defineEvent\(/m.exec(text)?.[1];
    if (exported) return { file, exported };
  }
  throw new Refusal(`The event ${type} has no file of its own in ${EVENTS}. Nothing was written.`);
}
