// What belongs to the sample, and goes with it. Whatever else lies in one of these places goes, too.
// In place of it comes what is in template/, whose files lie as they will, with `.template` behind their names.

/** Folders, which end with a slash, and files; `*` stands for any part of a name. */
export const REMOVED = [
  'apps/order/src/',
  'apps/payment/src/',
  'apps/warehouse/src/',
  'libs/contracts/src/events/',
  'test/*.e2e.spec.ts',
  'test/*.slow.spec.ts',
  'test/goods.int.spec.ts',
  'test/walk-through.unit.spec.ts',
  'test/compile.ts',
  'test/garbage.ts',
  'test/held-tables.ts',
  'test/leases.ts',
  'test/load.ts',
  'test/order*.ts',
  'bench/',
  'chaos/*.spec.ts',
  'chaos/gateway-books.ts',
  'chaos/hurry.ts',
  'chaos/mutations.ts',
  'chaos/mutations/',
  'chaos/nacking-proxy.ts',
  'chaos/scenarios/',
  'docs/flow.md',
  'docs/http.md',
  'docs/make-it-yours.md',
  'docs/performance.md',
  'docs/plans.md',
  'docs/scaling.md',
  'tools/bench.mjs',
  'tools/journey.mjs',
  'tools/demo.mjs',
  'tools/demo/',
  'tools/eject-sample.mjs',
  'tools/eject-sample/',
];

/** What is in such a place, and not of the sample. */
export const KEPT = [
  'apps/*/src/main.ts',
  'apps/order/src/peers.ts',
  'apps/warehouse/src/environment.ts',
  'apps/order/src/http/journey-message.dto.ts',
  'apps/order/src/http/peer-messages.ts',
  'chaos/scenarios/broker.ts',
  'chaos/scenarios/broker-sight.ts',
  'chaos/scenarios/cluster*.ts',
  'chaos/scenarios/network-broker.ts',
  'chaos/scenarios/network-cuts.ts',
  'chaos/scenarios/postgres-commits.ts',
  'chaos/scenarios/time-and-load-kills.ts',
  'test/readme.e2e.spec.ts',
  'test/system.e2e.spec.ts',
];

/** Pages that lose their example, and keep what is true of any domain: from a heading on, under another beginning. */
export const PAGES = [
  {
    file: 'docs/add-an-event.md',
    from: '## Changing an event later',
    beginning: `# Add an event

An event is a fact: something that has happened in one service, and that others must know. \`npm run new -- event <aggregate.fact> --from <service> --to <service>\` writes it, with a consumer
in each service that it goes to. Then say in its schema what the fact is, and record it where it becomes true: \`tx.record\` in \`Transactions.run\`, as
[\`take-note.ts\`](../apps/order/src/persistence/take-note.ts) does. [Add a consumer](add-a-consumer.md) says what a handler may rely on.
`,
  },
  {
    file: 'docs/add-a-consumer.md',
    from: '## What a handler may rely on',
    beginning: `# Add a consumer

A consumer is a plain Nest controller, such as [\`note-taken.consumer.ts\`](../apps/warehouse/src/consumers/note-taken.consumer.ts). \`npm run new -- consumer <aggregate.fact> --in <service>\` writes one
for an event that is there, and [its test](test-a-consumer.md).
`,
  },
  {
    file: 'docs/test-a-consumer.md',
    from: '## What the harness gives you',
    beginning: `# Test a consumer

The harness runs a service's consumers on a real Postgres and without a broker. A message goes through everything that it goes through in production: decoding, guards, pipes, the handler, its transaction, the inbox.
Each harness has a database of its own, so tests do not meet. [\`note-taken.consumer.int.spec.ts\`](../apps/warehouse/src/consumers/note-taken.consumer.int.spec.ts) is such a test:

\`\`\`sh
npm run test:int -- apps/warehouse/src/consumers/note-taken
\`\`\`
`,
  },
];

/** The end of invariants.sql. */
const NOTES = `-- From here on: notes.

-- I1 lost: every note that a customer was told of is there
select format('the note %s is not there', id) from chaos.answered where id not in (select id from order_service.note);

-- I1 lost: every note has its message
select format('the note %s has no message', id) from order_service.note n
where not exists (select from chaos.outbox m where m.type = 'note.taken' and m.aggregate_id = n.id::text);
`;

/** Pieces of files that stay, and what stands there then. Each must be there. */
export const PIECES = [
  { file: 'package.json', piece: /depcruise apps bench chaos/, becomes: 'depcruise apps chaos' },
  { file: 'tsconfig.json', piece: /"apps", "bench", "chaos"/, becomes: '"apps", "chaos"' },
  { file: '.env.example', piece: /# --- Orders ---\n(?:#.*\n)+\n/, becomes: '' },
  { file: '.env.example', piece: /# --- Payment ---\n(?:#.*\n)+\n/, becomes: '' },
  {
    file: '.env.example',
    piece: /names of Orders, Messaging, Payment and Process/,
    becomes: 'names of Messaging and Process',
  },
  { file: 'docker-compose.yml', piece: / {6}DEADLINE: .*\n/, becomes: '' },
  { file: 'docker-compose.yml', piece: / {6}IDEMPOTENCY_KEY_TTL:.*\n/, becomes: '' },
  { file: 'docker-compose.yml', piece: / {6}GATEWAY_TIMEOUT:.*\n {6}SANDBOX_GATEWAY_DATABASE_URL:.*\n/, becomes: '' },
  { file: 'chaos/invariants.sql', piece: /-- From here on: the sample domain\.[\s\S]*/, becomes: NOTES },
  { file: 'docs/guarantees.md', piece: /^- Attacked by .*\n/gm, becomes: '' },
  {
    file: 'docs/guarantees.md',
    piece: / "Attacked by" names .*\n/,
    becomes: ' How they are attacked: [faults](faults.md).\n',
  },
  { file: 'docs/guarantees.md', piece: /^- \*\*A charge that lands[\s\S]*?(?=^- )/m, becomes: '' },
  { file: 'docs/faults.md', piece: /\| `npm run chaos -- --mutations` .*\n/, becomes: '' },
  { file: 'docs/faults.md', piece: /about an hour and a half/, becomes: 'about half an hour' },
  {
    file: 'docs/faults.md',
    piece: /: every crash point in one .* minutes \|/,
    becomes: ': one scenario of each family |',
  },
  { file: 'docs/faults.md', piece: /, a broker that is away, a long transaction/, becomes: '' },
  {
    file: 'docs/faults.md',
    piece: /\| I1 \| .*\n/,
    becomes: '| I1 | Every note that a customer was told of is there, and has its message |\n',
  },
  { file: 'docs/faults.md', piece: /; every event about an order was recorded once/, becomes: '' },
  { file: 'docs/faults.md', piece: /\| I4 [\s\S]*?(?=\| I7 )/, becomes: '' },
  { file: 'docs/faults.md', piece: /\| I8 .*\n/, becomes: '' },
  { file: 'docs/faults.md', piece: / and no token of a card/, becomes: '' },
  { file: 'docs/faults.md', piece: /By itself: .*\n\n/, becomes: '' },
  { file: 'docs/faults.md', piece: /, but in `slow-fsync`/, becomes: '' },
  { file: 'docs/faults.md', piece: /Scenarios that name services.*\n/, becomes: '' },
  { file: 'docs/faults.md', piece: /order\.placed 01a2/, becomes: 'note.taken 01a2' },
  { file: 'docs/faults.md', piece: /have to do with one order/, becomes: 'have to do with one note' },
  { file: 'docs/faults.md', piece: /<order>/, becomes: '<note>' },
  { file: 'docs/faults.md', piece: /## The last full run\n[\s\S]*?(?=## )/, becomes: '' },
  { file: 'docs/faults.md', piece: /- \*\*A charge that lands.*\n/, becomes: '' },
  { file: 'tools/chaos.mjs', piece: / {2}--mutations {2}.*\n.*\n/, becomes: '' },
  { file: 'tools/chaos.mjs', piece: / \[--mutations\]/, becomes: '' },
  { file: 'tools/chaos.mjs', piece: /if \(values\.mutations && [\s\S]*?\n}\n/, becomes: '' },
  { file: 'tools/chaos.mjs', piece: /: every crash point, and one scenario/, becomes: ': one scenario' },
  { file: 'tools/chaos.mjs', piece: / {2}mutations: flag,\n/, becomes: '' },
  { file: 'tools/chaos.mjs', piece: /if \(values\.mutations\) await mutate\(options\);\n {2}else /, becomes: '' },
  { file: 'tools/chaos.mjs', piece: /\/\*\*[^/]*\*\/\nasync function mutate[\s\S]*?\n}\n\n/, becomes: '' },
  { file: 'tools/new.mjs', piece: /order\.confirmed/, becomes: 'note.taken' },
  {
    file: 'tools/new/service.mjs',
    piece: /\/\*\* What the sample's .*\n(.*)order\.confirmed/,
    becomes: '$1note.taken',
  },
];

/** Scripts of package.json. */
export const SCRIPTS = ['bench', 'demo', 'eject-sample', 'journey'];
