import './node-version.mjs';
import { readOptions } from './command-line.mjs';
import { bringUp } from './up/bring-up.mjs';

const USAGE = `npm run up [-- --detach]

Brings everything up on this machine: installs the packages, starts a private Postgres and a private RabbitMQ on ports of their own,
builds, migrates, and starts the services. Shows their logs, and stops everything on Ctrl-C. Data is kept for the next time.

  --detach   return once everything is ready; logs go to .waybill/logs/, \`npm run down\` stops it

Servers that .env or the environment names are used instead of private ones: POSTGRES_ADMIN_URL; RABBITMQ_ADMIN_URL with RABBITMQ_MANAGEMENT_URL.
Everything that is written is in .waybill/, node_modules/ and dist/ of this clone.`;

const { detach } = readOptions(USAGE, ['detach']);
process.exit(await bringUp({ mode: 'up', detach: detach === true }));
