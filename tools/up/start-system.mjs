import { endLeftovers } from '../servers/server-process.mjs';
import { build, isBuilt } from './build.mjs';
import { startBroker, startDatabase } from './own-servers.mjs';
import { serviceUrl } from './service-environment.mjs';
import { waitUntilServiceIsReady } from './service-process.mjs';
import { service as describeService, provision, refuseTakenPorts, startCompiler } from './services.mjs';
import { listServices, readSettings } from './settings.mjs';
import { SERVERS } from './system-state.mjs';
import { whatNext } from './what-next.mjs';

const READY_WITHIN = 90_000;

/**
 * What the start tells while it goes on.
 * @typedef {object} Witness
 * @property {<T extends { line: string }>(id: string, text: string, work: (note: (line: string) => void) => Promise<T>) => Promise<T>} step `line` says how it went
 * @property {(name: string, description: string, unit: import('./part.mjs').Unit) => void} started from now on this is ours to stop
 * @property {(name: string, line: string) => void} log
 * @property {() => boolean} isUnwanted whether all is to be stopped again meanwhile
 */

/**
 * Servers and build side by side, then what needs both.
 * @param {'up' | 'dev'} mode
 * @param {Witness} witness
 * @returns {Promise<string[]>} what to try, once every service is ready
 */
export async function startSystem(mode, { step, started, log, isUnwanted }) {
  await endLeftovers(SERVERS);
  const settings = readSettings();
  const services = listServices();
  if (services.length === 0) throw new Error('there is no service in apps/: each is a folder with a src/main.ts');
  await refuseTakenPorts(services, settings);

  const [database, broker] = await allOrFirstError([
    step('database', 'starting the database', async (note) => {
      const found = await startDatabase(settings, note);
      if (found.unit) started('database', found.line, found.unit);
      return found;
    }),
    step('broker', 'starting the broker', async (note) => {
      const found = await startBroker(settings, note);
      if (found.unit) started('broker', found.line, found.unit);
      return found;
    }),
    step('build', 'building the services', async () => {
      if (isBuilt([...services, 'provision'])) return { line: 'services are built already' };
      await build();
      return { line: 'services built' };
    }),
  ]);
  const servers = { ...database.urls, ...broker.urls };
  if (isUnwanted()) return [];
  await step('provision', 'preparing schemas, roles and queues', () => provision(services, settings, servers));

  if (isUnwanted()) return [];
  if (mode === 'dev') {
    const compiler = await startCompiler(settings, (line) => log('compiler', line));
    started('compiler', 'compiles what changes', compiler);
  }
  const starts = services.map((name) =>
    step(name, `starting ${name}`, async () => {
      const onLine = (/** @type {string} */ line) => log(name, line);
      const unit = describeService({ mode, service: name, services, settings, servers, onLine });
      const url = serviceUrl(name, services, settings);
      started(name, url, unit);
      await unit.start();
      const isWanted = () => unit.pid() !== undefined && !isUnwanted();
      const problem = await waitUntilServiceIsReady(url, isWanted, READY_WITHIN);
      if (problem)
        throw new Error(`${name} has not come up: ${problem}. Its last lines:\n${unit.lastLines().join('\n')}`);
      return { line: `${name} is ready at ${url}` };
    }),
  );
  await allOrFirstError(starts);
  return whatNext({ services, settings, servers, bin: database.bin });
}

/**
 * Like Promise.all, but what has been started is never left behind unwatched: it waits for all, also when one has failed.
 * @template {readonly unknown[]} T
 * @param {T} promises
 * @returns {Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>}
 */
async function allOrFirstError(promises) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
