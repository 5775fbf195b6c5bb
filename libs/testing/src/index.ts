export { type AppAnswer, startApp, type TestApp, type TestAppOptions } from './app';
export { eventually } from './eventually';
export { type OwnBroker, startOwnBroker } from './own-broker';
export { type OwnPostgres, startOwnPostgres } from './own-postgres';
export { createDatabase, type TestDatabase, testPostgresUrl } from './postgres';
export { createVhost, type TestBroker, TestVhost, testBroker, type UserPermissions } from './rabbitmq';
export { Recorder } from './recorder';
export type { Answer, LogLine, ServiceProcess } from './service-process';
export { type System, type SystemOptions, startSystem } from './system';
