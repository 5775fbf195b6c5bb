import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLONE, COMPILER_ENVIRONMENT } from '../clone.mjs';
import { isFree } from '../ports.mjs';
import { builtApp } from './build.mjs';
import { provisionEnvironment, serviceEnvironment, servicePort, serviceUrl, variable } from './service-environment.mjs';
import { serviceProcess } from './service-process.mjs';
import { LOGS, PROVISION_ENVIRONMENT } from './system-state.mjs';

const FIRST_DEBUG_PORT = 9229;

const COMPILED_WITHIN = 60_000;

/** @typedef {import('./settings.mjs').Settings} Settings */

/**
 * Runs the one-shot provision job: schemas, roles, migrations, the broker's users and queues.
 * @param {string[]} services @param {Settings} settings @param {import('./service-environment.mjs').Servers} servers
 */
export async function provision(services, settings, servers) {
  const env = { LOG_FORMAT: 'pretty', ...provisionEnvironment(services, settings, servers) };
  const own = Object.entries(env).filter(([name]) => /_URL$|^RABBITMQ_QUEUE_TYPE$/.test(name));
  writeFileSync(PROVISION_ENVIRONMENT, JSON.stringify(Object.fromEntries(own)), { mode: 0o600 });
  const log = join(LOGS, 'provision.log');
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [builtApp('provision')], {
      cwd: CLONE,
      env,
    });
    writeFileSync(log, stdout + stderr);
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = /** @type {{ stdout?: string, stderr?: string, message: string }} */ (error);
    writeFileSync(log, stdout + stderr);
    const last = (stdout + stderr).trim().split('\n').slice(-20).join('\n');
    throw new Error(`provisioning failed:\n${last || message}`);
  }
  return { line: 'schemas, roles and queues are as they should be' };
}

/**
 * @param {string[]} services @param {Settings} settings
 * @returns {Promise<void>} fails when a port that a service would listen on is taken
 */
export async function refuseTakenPorts(services, settings) {
  for (const service of services) {
    const port = servicePort(service, services, settings);
    if (await isFree(port)) continue;
    throw new Error(
      `port ${port} of the ${service} service is taken by another program: end that one, or set ${variable(service, 'PORT')} in .env to a free port`,
    );
  }
}

/**
 * @param {object} options
 * @param {'up' | 'dev'} options.mode in dev it restarts on every change of its code, and listens for a debugger
 * @param {string} options.service
 * @param {string[]} options.services
 * @param {Settings} options.settings
 * @param {import('./service-environment.mjs').Servers} options.servers
 * @param {(line: string) => void} options.onLine
 */
export function service({ mode, service: name, services, settings, servers, onLine }) {
  const env = { LOG_FORMAT: 'pretty', ...serviceEnvironment(name, services, settings, servers) };
  const debugPort = FIRST_DEBUG_PORT + services.indexOf(name);
  const watching = ['--watch', '--watch-preserve-output', '--enable-source-maps', `--inspect=127.0.0.1:${debugPort}`];
  const args = [...(mode === 'dev' ? watching : ['--enable-source-maps']), builtApp(name)];
  return serviceProcess({ name, url: serviceUrl(name, services, settings), args, env, onLine });
}

/**
 * One compiler for all services, which compiles again what changes.
 * @param {Settings} settings
 * @param {(line: string) => void} onLine
 */
export async function startCompiler(settings, onLine) {
  const swc = join(CLONE, 'node_modules/@swc/cli/bin/swc.js');
  if (!existsSync(swc)) throw new Error(`${swc} is missing: npm ci`);
  /** @type {() => void} */
  let compiled = () => {};
  const first = new Promise((resolve, reject) => {
    compiled = () => resolve(undefined);
    setTimeout(
      () => reject(new Error('the compiler has not compiled anything yet, see .waybill/logs/compiler.log')),
      COMPILED_WITHIN,
    ).unref();
  });
  const unit = serviceProcess({
    name: 'compiler',
    args: [swc, 'apps', 'libs', '--out-dir', 'dist', '--config-file', '.swcrc', '--watch'],
    env: { ...settings, ...COMPILER_ENVIRONMENT },
    onLine: (line) => {
      if (/compiled/i.test(line)) compiled();
      onLine(line);
    },
  });
  await unit.start();
  await first;
  return unit;
}
