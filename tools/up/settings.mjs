import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import util from 'node:util'; // not by name: `parseEnv` is missing from a Node that is too old, and must not hide the line that says so
import { CLONE } from '../clone.mjs';

/** @typedef {Record<string, string>} Settings */

/**
 * What the user has set: `.env` at the clone's root, and over it the environment. An empty value counts as not set. Below both come
 * the services' ports of `.env.example`, so that one more service moves none of the others.
 * @returns {Settings}
 */
export function readSettings() {
  const ports = [...read('.env.example').matchAll(/^#?\s*([A-Z0-9_]+_PORT)=(\d+)/gm)];
  const defaults = Object.fromEntries(ports.map(([, name, port]) => [name, port]));
  const settings = { ...defaults, ...util.parseEnv(read('.env')), ...process.env };
  return Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** @param {string} name @returns {string} */
function read(name) {
  const file = join(CLONE, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** @returns {string[]} the services: every app that stays running, which is all but the one-shot `provision` */
export function listServices() {
  const apps = join(CLONE, 'apps');
  const names = existsSync(apps) ? readdirSync(apps).sort() : [];
  return names.filter((name) => name !== 'provision' && existsSync(join(apps, name, 'src', 'main.ts')));
}
