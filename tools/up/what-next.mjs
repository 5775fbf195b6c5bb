import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { databaseUrl, serviceUrl } from './service-environment.mjs';
import { tryIt } from './try-it.mjs';

/**
 * What to try once everything is up.
 * @param {object} options
 * @param {string[]} options.services
 * @param {import('./settings.mjs').Settings} options.settings
 * @param {import('./service-environment.mjs').Servers} options.servers
 * @param {string} [options.bin] where the private Postgres has its programs
 * @returns {string[]}
 */
export function whatNext({ services, settings, servers, bin }) {
  const psql = findPsql(bin);
  const reader = settings.READER_DATABASE_URL ?? databaseUrl(servers, 'reader');
  const columns = 'type, consumer, priority, state, delivery_state, confirm_ms, process_ms, receipt_ms';
  const query = `select ${columns} from message_journey order by recorded_at`;
  return [
    'Waybill is up.',
    ...services.map(
      (service) => `  ${service.padEnd(10)} ${serviceUrl(service, services, settings)}    its API: /docs`,
    ),
    '',
    ...tryIt(serviceUrl('order', services, settings)),
    ...(psql ? [`  ${psql} ${reader} -c '${query}'`] : []),
    'Pull the plug, do it again, look again:',
    '  npm run plug -- pull broker        and   npm run plug -- in broker',
    'Logs: .waybill/logs/    End: npm run down',
  ];
}

/** @param {string | undefined} bin @returns {string | undefined} */
function findPsql(bin) {
  if ((process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'psql')))) return 'psql';
  return bin && existsSync(join(bin, 'psql')) ? join(bin, 'psql') : undefined;
}
