import { type ServiceName, services } from '@waybill/contracts';
import { loadEnvironment } from '@waybill/service';
import { provisionEnvironment } from './environment';
import { createMigration } from './migrations/create-migration';
import { provisionPostgres, revertMigration, runMigrations } from './postgres/provision-postgres';
import { say } from './progress';
import { provisionRabbitmq } from './rabbitmq/provision-rabbitmq';

const help = `Sets up Postgres and RabbitMQ for the services. Can be run again at any time: what is there already stays.

  node dist/apps/provision/src/main.js                     roles, schemas, migrations, the journey view; then
                                                           the virtual host, users, permissions and topology
  node dist/apps/provision/src/main.js --help              this text

  npm run migration:create -- <service> <words-of-a-name>  writes the next numbered migration of a service
  npm run migration:run [-- <service>]                     runs the migrations that have not run yet
  npm run migration:revert -- <service>                    undoes the latest migration of a service

Services: ${services.join(', ')}. The environment is described in .env.example.`;

async function main([command, ...rest]: readonly string[]): Promise<void> {
  switch (command) {
    case undefined: {
      const environment = loadEnvironment(provisionEnvironment);
      await provisionPostgres(environment);
      await provisionRabbitmq(environment);
      return say('Done.');
    }
    case 'migration:create':
      return await announceMigration(serviceNamed(rest[0]), rest[1]);
    case 'migration:run': {
      const chosen = rest[0] === undefined ? services : [serviceNamed(rest[0])];
      return await runMigrations(loadEnvironment(provisionEnvironment), chosen);
    }
    case 'migration:revert': {
      const service = serviceNamed(rest[0]);
      return await revertMigration(loadEnvironment(provisionEnvironment), service);
    }
    case '--help':
    case '-h':
      return say(help);
    default:
      throw new Error(`There is no command "${command}".\n\n${help}`);
  }
}

async function announceMigration(service: ServiceName, name = ''): Promise<void> {
  const { path, className, importLine } = await createMigration(process.cwd(), service, name, Date.now());
  say(`Wrote ${path}. Fill it in, then list it in apps/${service}/src/database.ts:`);
  say(`  ${importLine}`);
  say(`  and ${className} at the end of migrations`);
}

function serviceNamed(name: string | undefined): ServiceName {
  const service = services.find((known) => known === name);
  if (!service) throw new Error(`Name the service, one of ${services.join(', ')}${name ? `: "${name}" is none` : ''}`);
  return service;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
