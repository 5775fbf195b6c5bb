import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Refusal } from '../change-set.mjs';
import { CLONE, COMPILER_ENVIRONMENT, WORKSPACE } from '../clone.mjs';

const SOURCES = 'libs/contracts/src';

export const EVENTS = `${SOURCES}/events`;

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
 * The contracts as they are in the clone now, compiled for this purpose.
 * @returns {{ services: string[], find: (type: string) => KnownEvent | undefined }}
 */
export function loadContracts() {
  const folder = join(WORKSPACE, `contracts-${process.pid}`);
  try {
    const { catalogue, services } = compile(folder);
    return {
      services: [...services],
      find: (type) => {
        const entry = catalogue.find(type);
        return entry && { ...entry.event, ...whereIs(type) };
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} name @param {string[]} services @returns {string} the same, which is the name of one */
export function serviceNamed(name, services) {
  if (services.includes(name)) return name;
  throw new Refusal(
    `There is no service "${name}": ${services.join(', ')}. A new one: npm run new -- service <name>. Nothing was written.`,
  );
}

/** Where the contracts are kept in a file, so that a change shows: accepts this one. */
export function acceptContracts() {
  const tool = join(CLONE, 'tools/contracts.mjs');
  if (existsSync(tool))
    execFileSync(process.execPath, [tool, 'accept'], { cwd: CLONE, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @param {string} folder */
function compile(folder) {
  Object.assign(process.env, COMPILER_ENVIRONMENT);
  const { transformSync } = createRequire(import.meta.url)('@swc/core');
  for (const file of readdirSync(join(CLONE, SOURCES), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const { code } = transformSync(readFileSync(join(CLONE, SOURCES, file), 'utf8'), {
      swcrc: false,
      module: { type: 'commonjs' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    const compiled = join(folder, file.replace(/\.ts$/, '.cjs'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code.replaceAll(/require\("(\.[^"]+)"\)/g, 'require("$1.cjs")'));
  }
  return createRequire(import.meta.url)(join(folder, 'index.cjs'));
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
