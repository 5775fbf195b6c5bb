import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ChangeSet, Refusal } from '../change-set.mjs';
import { CLONE } from '../clone.mjs';
import { loadContracts, SNAPSHOT } from '../new/contracts.mjs';
import { withoutGone } from './pages.mjs';
import { KEPT, PAGES, PIECES, REMOVED, SCRIPTS } from './sample.mjs';

const TEMPLATE = join(CLONE, 'tools/eject-sample/template');

const NOT_OURS = ['.git', '.waybill', 'dist', 'node_modules'];

/**
 * Works out what it takes to remove the sample, and changes nothing yet.
 * @returns {ChangeSet}
 * @throws Refusal where that is not possible, and says why
 */
export function ejectSample() {
  const { services } = loadContracts();
  if (services.join() !== 'order,payment,warehouse') {
    throw new Refusal(
      `The services are ${services.join(', ')}, and others than the sample's hang on its events: take the sample out first, or by hand (docs/make-it-yours.md). Nothing was changed.`,
    );
  }
  const changes = new ChangeSet();
  const paths = filesIn(CLONE);
  for (const path of paths) if (matches(path, REMOVED) && !matches(path, KEPT)) changes.remove(path);
  for (const path of filesIn(TEMPLATE)) {
    changes.write(path.replace(/\.template$/, ''), readFileSync(join(TEMPLATE, path), 'utf8'));
  }
  editContracts(changes);
  for (const { file, piece, becomes } of PIECES) {
    changes.edit(file, `look for ${piece}`, (text) => (piece.test(text) ? text.replace(piece, becomes) : undefined));
  }
  editPages(changes, paths);
  changes.edit('package.json', `remove the scripts ${SCRIPTS.join(', ')}`, (text) => {
    const settings = JSON.parse(text);
    for (const script of SCRIPTS) delete settings.scripts[script];
    return `${JSON.stringify(settings, null, 2)}\n`;
  });
  return changes;
}

/** @param {ChangeSet} changes */
function editContracts(changes) {
  changes.edit('libs/contracts/src/index.ts', 'export NoteTaken and no other event', (text) => {
    const others = text.split('\n').filter((line) => !line.includes("from './events/"));
    return `export { NoteTaken } from './events/note-taken.event';\n${others.join('\n')}`;
  });
  changes.write(SNAPSHOT, '{}\n'); // nothing of it has been accepted, until it is
}

/** @param {ChangeSet} changes @param {string[]} pages */
function editPages(changes, pages) {
  for (const { file, from, beginning } of PAGES) {
    changes.edit(file, `keep what begins with "${from}"`, (text) => {
      const at = text.indexOf(`\n${from}\n`);
      return at < 0 ? undefined : `${beginning}${text.slice(at)}`;
    });
  }
  const words = [...SCRIPTS.map((script) => `npm run ${script}`), ...goneSettings(changes)];
  for (const file of [...pages.filter((path) => path.startsWith('docs/')), 'CONTRIBUTING.md']) {
    if (!file.endsWith('.md') || !changes.has(file)) continue;
    changes.edit(file, 'remove what is gone', (text) =>
      withoutGone(text, dirname(file), { isThere: (path) => changes.has(path), words }),
    );
  }
}

/** @param {ChangeSet} changes @returns {string[]} the variables that .env.example will no longer have */
function goneSettings(changes) {
  const named = (/** @type {string} */ text) =>
    [...text.matchAll(/^#? ?([A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '');
  const left = named(changes.text('.env.example'));
  return named(readFileSync(join(CLONE, '.env.example'), 'utf8')).filter((name) => !left.includes(name));
}

/** @param {string} path @param {string[]} places */
function matches(path, places) {
  return places.some((place) => {
    const pattern = place.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
    return new RegExp(place.endsWith('/') ? `^${pattern}` : `^${pattern}$`).test(path);
  });
}

/** @param {string} folder @returns {string[]} relative to it */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.includes(name))
    .flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(folder, entry.name)).map((path) => join(entry.name, path)) : [entry.name],
    );
}
