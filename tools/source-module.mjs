import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CLONE, COMPILER_ENVIRONMENT } from './clone.mjs';

const require = createRequire(import.meta.url);

/**
 * Loads a module of ours from its source, compiled in memory. It leaves `dist/` alone, which may be running.
 * @param {string} path from the root of the clone
 * @throws Error when the packages are not installed, or a source does not compile.
 */
export function loadSource(path) {
  if (!existsSync(join(CLONE, 'node_modules/@swc/core'))) {
    throw new Error('the packages are not installed: run `npm ci`, or `npm run up`');
  }
  Object.assign(process.env, COMPILER_ENVIRONMENT);
  const { transformFileSync } = require('@swc/core');
  // what is excluded is so from the build alone
  const { jsc, module: modules } = JSON.parse(readFileSync(join(CLONE, '.swcrc'), 'utf8'));
  const options = { swcrc: false, jsc: { ...jsc, baseUrl: CLONE }, module: modules, sourceMaps: 'inline' };
  require.extensions['.ts'] = (module, file) => {
    const { code } = transformFileSync(file, options);
    /** @type {any} */ (module)._compile(code, file);
  };
  return require(join(CLONE, path));
}
