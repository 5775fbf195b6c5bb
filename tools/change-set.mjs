import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CLONE } from './clone.mjs';

const BIOME = join(CLONE, 'node_modules/@biomejs/biome/bin/biome');

/** Why nothing was written, and what to do. */
export class Refusal extends Error {}

/**
 * Changes to files of the clone, gathered until all of them are known to be possible. Paths are relative to the clone.
 */
export class ChangeSet {
  /** What each file will be; undefined for one that goes. @type {Map<string, string | undefined>} */
  #texts = new Map();

  /**
   * @param {string} path
   * @param {string} text
   * @throws Refusal when it is there
   */
  create(path, text) {
    if (existsSync(join(CLONE, path))) throw new Refusal(`${path} is there already. Nothing was written.`);
    this.#texts.set(path, text);
  }

  /**
   * Writes a file, whether or not it is there.
   * @param {string} path
   * @param {string} text
   */
  write(path, text) {
    this.#texts.set(path, text);
  }

  /** @param {string} path */
  remove(path) {
    this.#texts.set(path, undefined);
  }

  /**
   * Edits a file, on top of the edits that it has had here.
   * @param {string} path
   * @param {string} byHand what a person would do where this does not find its place
   * @param {(text: string) => string | undefined} change undefined where it does not find its place
   * @throws Refusal then
   */
  edit(path, byHand, change) {
    const text = this.has(path) ? this.text(path) : undefined;
    const changed = text === undefined ? undefined : change(text);
    if (changed === undefined) {
      throw new Refusal(`${path} does not look as expected: ${byHand} by hand, then try again. Nothing was written.`);
    }
    if (changed !== text) this.#texts.set(path, changed);
  }

  /** @param {string} path @returns {boolean} whether it will be there */
  has(path) {
    return this.#texts.has(path) ? this.#texts.get(path) !== undefined : existsSync(join(CLONE, path));
  }

  /** @param {string} path of a file that will be there @returns {string} what it will be */
  text(path) {
    return this.#texts.get(path) ?? readFileSync(join(CLONE, path), 'utf8');
  }

  /** @returns {string[]} a line for each file, which is created, changed or removed */
  list() {
    return [...this.#texts].map(([path, text]) => {
      const did = !existsSync(join(CLONE, path)) ? 'created' : text === undefined ? 'removed' : 'changed';
      return `${did}  ${path}`;
    });
  }

  /**
   * Formats and writes everything, then runs `after`. When any of it fails, all files are as they were.
   * @param {() => void} [after]
   * @returns {string[]} as `list` before
   */
  apply(after) {
    const said = this.list();
    const formatted = [...this.#texts].map(([path, text]) => ({ path, text: text && format(path, text) }));
    const before = formatted.map(({ path }) => ({ path, text: original(path) }));
    try {
      formatted.forEach(put);
      after?.();
    } catch (error) {
      before.forEach(put);
      throw error;
    }
    return said;
  }
}

/** @param {string} path @returns {string | undefined} */
function original(path) {
  return existsSync(join(CLONE, path)) ? readFileSync(join(CLONE, path), 'utf8') : undefined;
}

/** @param {{ path: string, text: string | undefined }} file without a text it is to go, and its folder when that is empty then */
function put({ path, text }) {
  const file = join(CLONE, path);
  if (text === undefined) {
    rmSync(file, { force: true });
    for (let folder = dirname(file); existsSync(folder) && readdirSync(folder).length === 0; folder = dirname(folder)) {
      rmdirSync(folder);
    }
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** With its imports in order. @param {string} path @param {string} text @returns {string} */
function format(path, text) {
  if (!/\.ts$|^[\w-]+\.json$/.test(path)) return text;
  const args = [BIOME, 'check', '--write', `--stdin-file-path=${path}`];
  return execFileSync(process.execPath, args, { cwd: CLONE, input: text, encoding: 'utf8' });
}
