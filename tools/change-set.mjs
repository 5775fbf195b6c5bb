import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CLONE } from '../clone.mjs';

const BIOME = join(CLONE, 'node_modules/@biomejs/biome/bin/biome');

/** Why nothing was written, and what to do. */
export class Refusal extends Error {}

/**
 * Changes to files of the clone, gathered until all of them are known to be possible. Paths are relative to the clone.
 */
export class ChangeSet {
  /** @type {Map<string, string>} */
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
   * Edits a file, on top of the edits that it has had here.
   * @param {string} path
   * @param {string} byHand what a person would do where this does not find its place
   * @param {(text: string) => string | undefined} change undefined where it does not find its place
   * @throws Refusal then
   */
  edit(path, byHand, change) {
    const text = this.#texts.get(path) ?? original(path);
    const changed = text === undefined ? undefined : change(text);
    if (changed === undefined) {
      throw new Refusal(`${path} does not look as expected: ${byHand} by hand, then try again. Nothing was written.`);
    }
    this.#texts.set(path, changed);
  }

  /**
   * Formats and writes everything, then runs `after`. When any of it fails, all files are as they were.
   * @param {() => void} [after]
   * @returns {string[]} a line for each file
   */
  apply(after) {
    const formatted = [...this.#texts].map(([path, text]) => /** @type {const} */ ([path, format(path, text)]));
    const before = new Map(formatted.map(([path]) => [path, original(path)]));
    try {
      for (const [path, text] of formatted) write(path, text);
      after?.();
    } catch (error) {
      for (const [path, text] of before) {
        if (text === undefined) rmSync(join(CLONE, path), { force: true });
        else write(path, text);
      }
      throw error;
    }
    return formatted.map(([path]) => `${before.get(path) === undefined ? 'created' : 'changed'}  ${path}`);
  }
}

/** @param {string} path @returns {string | undefined} */
function original(path) {
  return existsSync(join(CLONE, path)) ? readFileSync(join(CLONE, path), 'utf8') : undefined;
}

/** @param {string} path @param {string} text */
function write(path, text) {
  mkdirSync(dirname(join(CLONE, path)), { recursive: true });
  writeFileSync(join(CLONE, path), text);
}

/** With its imports in order. @param {string} path @param {string} text @returns {string} */
function format(path, text) {
  if (!/\.(ts|json)$/.test(path)) return text;
  const args = [BIOME, 'check', '--write', `--stdin-file-path=${path}`];
  return execFileSync(process.execPath, args, { cwd: CLONE, input: text, encoding: 'utf8' });
}
