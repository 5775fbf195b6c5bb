/** Which way dependencies may point. `npm run arrows` fails on any other. */

const slice = (name) => `^libs/messaging/src/${name}/`;

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'A cycle has no order in which to read it, and classes in it may be undefined when they are needed.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-the-own-index',
      comment: "A library's index is for others; inside, import the file that has it.",
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    {
      name: 'libraries-by-their-index',
      comment:
        'What a library is for others is its index. From an app or another library, import @waybill/<library>. Testing may look inside.',
      severity: 'error',
      from: { path: ['^apps/', '^libs/([^/]+)/'], pathNot: '^libs/testing/' },
      to: { path: '^libs/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^libs/$1/'] },
    },
    {
      name: 'apps-apart',
      comment:
        'Services know each other by their events and HTTP alone. The provision job may read what they keep in Postgres.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/provision/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'provision-reads-databases-alone',
      severity: 'error',
      from: { path: '^apps/provision/' },
      to: { path: '^apps/', pathNot: ['^apps/provision/', '^apps/[^/]+/src/database\\.ts$'] },
    },
    {
      name: 'leaf',
      comment: 'contracts and service import nothing of ours.',
      severity: 'error',
      from: { path: '^libs/(contracts|service)/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^libs/', '^apps/', '^test/'], pathNot: '^libs/$1/' },
    },
    {
      name: 'messaging-on-contracts-alone',
      severity: 'error',
      from: { path: '^libs/messaging/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^libs/', '^apps/', '^test/'], pathNot: '^libs/(messaging|contracts)/' },
    },
    {
      name: 'broker-under-the-slices',
      comment: 'broker/ speaks AMQP and knows nothing of what travels over it.',
      severity: 'error',
      from: { path: slice('broker') },
      to: { path: '^libs/messaging/src/', pathNot: slice('broker') },
    },
    {
      name: 'slices-apart',
      comment: 'outbox, inbox, receipts and journey meet in messaging.module and its neighbours, not in each other.',
      severity: 'error',
      from: { path: slice('(outbox|inbox|receipts|journey)'), pathNot: '\\.spec\\.ts$' },
      to: { path: slice('(outbox|inbox|receipts|journey)'), pathNot: slice('$1') },
    },
    {
      name: 'testing-in-specs-alone',
      severity: 'error',
      from: { path: ['^apps/', '^libs/'], pathNot: ['\\.spec\\.ts$', '^libs/testing/'] },
      to: { path: ['^libs/testing/', '^test/', '^chaos/'] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere, and every package is in package.json.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
