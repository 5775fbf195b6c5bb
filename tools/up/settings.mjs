import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import util from 'node:util'; // not by name: `parseEnv` is missing from a Node that is too old, and must not hide the line that says so
import { CLONE } from '../clone.mjs';

/** @typedef {Record<string, string>} Settings */

/**
 * What the user has set: `.env` at the clone's root, and over it the environment. An empty value counts as not set.
 * @returns {Settings}
 */
export function readSettings() {
  const file = join(CLONE, '.env');
  const settings = { ...(existsSync(file) ? util.parseEnv(readFileSync(file, 'utf8')) : {}), ...process.env };
  return Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** @returns {string[]} the services: every app that stays running, which is all but the one-shot `provision` */
export function listServices() {
  const apps = join(CLONE, 'apps');
  const names = existsSync(apps) ? readdirSync(apps).sort() : [];
  return names.filter((name) => name !== 'provision' && existsSync(join(apps, name, 'src', 'main.ts')));
}
