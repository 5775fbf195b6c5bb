export { type BootstrapOptions, bootstrap } from './bootstrap';
export { type AppOptions, createApp } from './create-app';
export { databaseOptions, type ServiceDatabase } from './database';
export { DatabaseModule } from './database.module';
export { isDatabaseAway } from './database-away';
export { duration } from './duration';
export {
  Environment,
  EnvironmentError,
  loadEnvironment,
  messagingSettings,
  parseEnvironment,
  type ServiceEnvironment,
  serviceEnvironment,
  url,
} from './environment';
export { HealthModule, type HealthOptions } from './health.module';
export { createLogger, type LoggingOptions } from './logging';
export type { FieldError, Problem } from './problem';
export type { Checks, HealthCheck } from './readiness';
export { text } from './text';
