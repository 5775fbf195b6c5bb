import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

/** One file for each rule that it breaks. What they import is planted too, empty. */
const breaches: readonly { rule: string; from: string; imports: string; file: string }[] = [
  { rule: 'apps-apart', from: 'apps/order/src/a.ts', imports: '../../payment/src/b', file: 'apps/payment/src/b.ts' },
  {
    rule: 'provision-reads-databases-alone',
    from: 'apps/provision/src/a.ts',
    imports: '../../payment/src/b',
    file: 'apps/payment/src/b.ts',
  },
  {
    rule: 'libraries-by-their-index',
    from: 'apps/order/src/c.ts',
    imports: '../../../libs/messaging/src/transactions',
    file: 'libs/messaging/src/transactions.ts',
  },
  { rule: 'leaf', from: 'libs/service/src/a.ts', imports: '@waybill/contracts', file: 'libs/contracts/src/index.ts' },
  {
    rule: 'messaging-on-contracts-alone',
    from: 'libs/messaging/src/a.ts',
    imports: '@waybill/service',
    file: 'libs/service/src/index.ts',
  },
  {
    rule: 'not-the-own-index',
    from: 'libs/messaging/src/b.ts',
    imports: './index',
    file: 'libs/messaging/src/index.ts',
  },
  {
    rule: 'broker-under-the-slices',
    from: 'libs/messaging/src/broker/a.ts',
    imports: '../outbox/b',
    file: 'libs/messaging/src/outbox/b.ts',
  },
  {
    rule: 'slices-apart',
    from: 'libs/messaging/src/inbox/a.ts',
    imports: '../outbox/b',
    file: 'libs/messaging/src/outbox/b.ts',
  },
  {
    rule: 'testing-in-specs-alone',
    from: 'apps/order/src/d.ts',
    imports: '@waybill/testing',
    file: 'libs/testing/src/index.ts',
  },
  { rule: 'resolvable', from: 'apps/order/src/e.ts', imports: './nowhere', file: 'apps/order/src/somewhere.ts' },
];

/** What may be, next to each breach. */
const allowed: readonly { from: string; imports: string; file: string }[] = [
  { from: 'apps/provision/src/ok.ts', imports: '../../payment/src/database', file: 'apps/payment/src/database.ts' },
  { from: 'apps/order/src/ok.ts', imports: '@waybill/messaging', file: 'libs/messaging/src/index.ts' },
  {
    from: 'libs/messaging/src/outbox/ok.ts',
    imports: '../broker/ok',
    file: 'libs/messaging/src/broker/ok.ts',
  },
  {
    from: 'libs/testing/src/ok.ts',
    imports: '../../messaging/src/outbox/b',
    file: 'libs/messaging/src/outbox/b.ts',
  },
  { from: 'apps/order/src/ok.int.spec.ts', imports: '@waybill/testing', file: 'libs/testing/src/index.ts' },
];

let planted: string;

beforeAll(() => {
  planted = realpathSync(mkdtempSync(join(tmpdir(), 'waybill-arrows-')));
  for (const file of ['tsconfig.json', '.dependency-cruiser.cjs', 'biome.json'])
    cpSync(join(root, file), join(planted, file));
  for (const { file } of [...breaches, ...allowed]) write(file, 'export {};\n');
  for (const { from, imports } of [...breaches, ...allowed]) write(from, `import '${imports}';\n`);
  write('libs/messaging/src/cycle-a.ts', `import './cycle-b';\n`);
  write('libs/messaging/src/cycle-b.ts', `import './cycle-a';\n`);
});

afterAll(() => rmSync(planted, { recursive: true, force: true }));

test('each planted breach of the arrows is found, and nothing else', () => {
  const found = violations();

  const expected = breaches.map(({ rule, from }) => `${rule}: ${from}`);
  expected.push('no-cycle: libs/messaging/src/cycle-a.ts');
  expect(found).toEqual(expected.sort());
});

test.each(['InjectRepository', 'TypeOrmModule'])('lint refuses %s in an app', (name) => {
  write('apps/order/src/planted.ts', `import { ${name} } from '@nestjs/typeorm';\n\nexport const used = ${name};\n`);
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'lint', '--vcs-enabled=false', 'apps/order/src/planted.ts'],
    { cwd: planted, encoding: 'utf8' },
  );

  expect(stdout + stderr).toContain('noRestrictedImports');
  expect(status).not.toBe(0);
});

function violations(): string[] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [cruiser, 'apps', 'libs', '--output-type', 'json'], {
    cwd: planted,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort();
}

function write(file: string, content: string): void {
  mkdirSync(dirname(join(planted, file)), { recursive: true });
  writeFileSync(join(planted, file), content);
}
