/**
 * Kinds of test, told apart by suffix: unit needs nothing, int needs Postgres and RabbitMQ, e2e runs the built services, slow does all of
 * it in copies of the clone, and runs in `npm run test:all` alone.
 */
const project = (name, needsServers) => ({
  displayName: name,
  rootDir: __dirname,
  cacheDirectory: '<rootDir>/.waybill/jest-cache',
  roots: ['<rootDir>/apps', '<rootDir>/chaos', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/tools'],
  testMatch: [`**/*.${name}.spec.ts`],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  moduleNameMapper: { '^@waybill/(contracts|messaging|service|testing)$': '<rootDir>/libs/$1/src/index.ts' },
  ...(needsServers
    ? { globalSetup: '<rootDir>/tools/test-servers.mjs', globalTeardown: '<rootDir>/tools/test-servers-stop.mjs' }
    : {}),
});

module.exports = {
  // A bound for what hangs, not for what is slow: machines that run tests are often busy.
  testTimeout: 120_000,
  // On two cores jest would take one. Much of their time the specs wait for servers, and each has a vhost and a database of its own.
  maxWorkers: 2,
  projects: [project('unit', false), project('int', true), project('e2e', true), project('slow', true)],
};
