import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CLONE } from '../clone.mjs';
import { startPostgres } from '../servers/postgres.mjs';
import { startRabbit } from '../servers/rabbitmq.mjs';
import { LOGS, SERVERS } from './system-state.mjs';

export const DATABASE_HOME = join(SERVERS, 'postgres');

export const BROKER_HOME = join(SERVERS, 'rabbitmq');

/**
 * Not the usual 5432, 5672 and 15672, where servers of the machine may run, and below the ports that a system gives to outgoing
 * connections: asking such a port whether anything listens yet can connect to itself, and then nothing can listen there.
 */
const PREFERRED = { postgres: 21_432, amqp: 21_672, management: 21_673 };

/** @typedef {import('./settings.mjs').Settings} Settings */

/**
 * The server that the settings name, or a private one.
 * @param {Settings} settings
 * @param {(line: string) => void} progress
 */
export async function startDatabase(settings, progress) {
  if (settings.POSTGRES_ADMIN_URL) {
    const line = `using the database at ${place('POSTGRES_ADMIN_URL', settings)}`;
    return { line, unit: undefined, bin: undefined, urls: { postgresAdminUrl: settings.POSTGRES_ADMIN_URL } };
  }
  refuseHalf(
    settings,
    /(?<!SANDBOX_GATEWAY)_DATABASE_URL$/,
    'POSTGRES_ADMIN_URL, with which roles and schemas are made,',
  );
  const home = DATABASE_HOME;
  const unit = await startPostgres({ home, logs: LOGS, database: 'waybill', port: PREFERRED.postgres, progress });
  const line = `${unit.description}, on 127.0.0.1:${unit.port}`;
  return { line, unit, bin: unit.bin, urls: { postgresAdminUrl: unit.url } };
}

/**
 * The broker that the settings name, or a private one.
 * @param {Settings} settings
 * @param {(line: string) => void} progress
 */
export async function startBroker(settings, progress) {
  const { RABBITMQ_ADMIN_URL: rabbitAdminUrl, RABBITMQ_MANAGEMENT_URL: rabbitManagementUrl } = settings;
  if (rabbitAdminUrl && rabbitManagementUrl) {
    const line = `using the broker at ${place('RABBITMQ_ADMIN_URL', settings)}`;
    return { line, unit: undefined, urls: { rabbitAdminUrl, rabbitManagementUrl } };
  }
  refuseHalf(settings, /^RABBITMQ_(ADMIN|MANAGEMENT)_URL$/, 'both RABBITMQ_ADMIN_URL and RABBITMQ_MANAGEMENT_URL');
  refuseHalf(settings, /_RABBITMQ_URL$/, 'RABBITMQ_ADMIN_URL and RABBITMQ_MANAGEMENT_URL');
  const { amqp, management } = PREFERRED;
  const unit = await startRabbit({ home: BROKER_HOME, logs: LOGS, ports: { amqp, management }, progress });
  const line = `${unit.description}, on 127.0.0.1:${unit.amqpPort}, management on ${unit.managementPort}`;
  const { amqpUrl, managementUrl, queueType } = unit;
  const urls = { rabbitAdminUrl: amqpUrl, rabbitManagementUrl: managementUrl, queueType, vhost: privateVhost() };
  return { line, unit, urls };
}

/** Of this clone alone: the services of one whose broker is away must not get on at the broker that another has started meanwhile. */
function privateVhost() {
  return `waybill-${createHash('sha256').update(CLONE).digest('hex').slice(0, 8)}`;
}

/** @param {Settings} settings @param {RegExp} names @param {string} missing */
function refuseHalf(settings, names, missing) {
  const found = Object.keys(settings).find((name) => names.test(name));
  if (found)
    throw new Error(
      `${found} names a server of yours, but ${missing} must be set, too; without any of them a private one is started`,
    );
}

/** Without its password. @param {string} name @param {Settings} settings */
function place(name, settings) {
  const url = URL.canParse(settings[name] ?? '') ? new URL(settings[name] ?? '') : undefined;
  if (!url?.host) throw new Error(`${name} is not a URL with a host`);
  return `${url.host} (${name})`;
}
