export { type Answer, startApp, type TestApp, type TestAppOptions } from './app';
export { type OwnBroker, startOwnBroker } from './own-broker';
export { type OwnPostgres, startOwnPostgres } from './own-postgres';
export { createDatabase, type TestDatabase, testPostgresUrl } from './postgres';
export { createVhost, type TestBroker, TestVhost, testBroker, type UserPermissions } from './rabbitmq';
export { Recorder } from './recorder';
