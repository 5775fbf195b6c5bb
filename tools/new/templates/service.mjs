import { className } from '../names.mjs';

/** @param {string} name @param {number} port @returns {Record<string, string>} its files, without consumers, by their paths in the app's folder */
export const serviceFiles = (name, port) => ({
  'src/main.ts': `import { connectMessaging } from '@waybill/messaging';
import { bootstrap } from '@waybill/service';
import { ${name}Environment } from './environment';
import { ${className(name)}Module } from './${name}.module';

void bootstrap(${className(name)}Module, { service: '${name}', environment: ${name}Environment, connect: connectMessaging });
`,
  'src/environment.ts': `import { serviceEnvironment } from '@waybill/service';

export const ${name}Environment = serviceEnvironment('${name}', ${port});
`,
  'src/database.ts': `import { messagingEntities, messagingMigrations } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';

export const database: ServiceDatabase = {
  schema: '${name}_service',
  entities: [...messagingEntities],
  migrations: [...messagingMigrations],
};
`,
  [`src/${name}.module.ts`]: `import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { database } from './database';

@Module({
  imports: [
    DatabaseModule.forRoot(database),
    MessagingModule.forRootAsync({
      service: '${name}',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    HealthModule.forRoot({ required: [MessagingHealth] }),
  ],
  controllers: [],
})
export class ${className(name)}Module {}
`,
});

/** @param {string} name @param {number} port */
export const composeService = (name, port) => `
  ${name}:
    <<: *service
    command: [node, --enable-source-maps, dist/apps/${name}/src/main.js]
    environment:
      <<: *settings
      PORT: ${port}
      DATABASE_URL: &${name}-database postgres://${name}_service:\${${name.toUpperCase()}_DATABASE_PASSWORD:-${name}_service}@postgres:5432/waybill
      RABBITMQ_URL: &${name}-broker amqp://${name}:\${${name.toUpperCase()}_RABBITMQ_PASSWORD:-${name}}@rabbitmq:5672/waybill
    ports: ['127.0.0.1:\${${name.toUpperCase()}_PORT:-${port}}:${port}']
`;

/** @param {string} name */
export const nestProject = (name) => `    "${name}": {
      "type": "application",
      "root": "apps/${name}",
      "entryFile": "main",
      "sourceRoot": "apps/${name}/src"
    },
`;

/** What each of a service's variables is in .env.example. @param {string} name @param {number} port @returns {Record<string, string>} */
export const environmentExamples = (name, port) => ({
  DATABASE_URL: `postgres://${name}_service:password@127.0.0.1:5432/waybill`,
  RABBITMQ_URL: `amqp://${name}:password@127.0.0.1:5672/waybill`,
  PORT: String(port),
  URL: `http://127.0.0.1:${port}`,
  DATABASE_PASSWORD: `${name}_service`,
  RABBITMQ_PASSWORD: name,
});
