import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from './fresh-clone';

// Each is most of `npm test`, in a copy of the clone.
jest.setTimeout(600_000);

describe('a service of its own, made by npm run new', () => {
  const clone = new FreshClone('clone-service');
  beforeAll(() => clone.create());
  afterAll(() => clone.remove());

  test('compiles, keeps to the rules, and all that is said of services holds of it', () => {
    succeeds(clone.run('npm', 'run', 'new', '--', 'service', 'loyalty'));

    for (const script of ['lint', 'types', 'arrows', 'build']) succeeds(clone.run('npm', 'run', script));
    succeeds(specs(clone, 'unit', 'test/(compose|docs|env-example|walk-through)|apps/provision'));
    succeeds(specs(clone, 'int', 'apps/(loyalty|provision|order/src/http/(order-journey|orders))'));
  });

  test('starts with the others, signs for an event, and is in the journey of its order', () => {
    writeFileSync(join(clone.folder, 'test/loyalty.e2e.spec.ts'), loyaltySpec);

    succeeds(specs(clone, 'e2e', 'test/loyalty'));
  });
});

describe('the sample, taken out by npm run eject-sample', () => {
  const clone = new FreshClone('clone-ejected');
  const eject = (...flags: string[]) => clone.run('node', 'tools/eject-sample.mjs', ...flags);
  beforeAll(() => clone.create());
  afterAll(() => clone.remove());

  test('stays where git could not bring it back, and where nobody says yes', () => {
    expect(eject('--yes')).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no git here') });
    clone.commit();
    writeFileSync(join(clone.folder, 'mine.ts'), '');
    expect(eject('--yes')).toMatchObject({ status: 1, stderr: expect.stringContaining('?? mine.ts') });
    expect(eject('--force')).toMatchObject({ status: 1, stderr: expect.stringContaining('say --yes') });
    expect(existsSync(join(clone.folder, 'apps/order/src/persistence/place-order.ts'))).toBe(true);
  });

  test('leaves one small event, and tests that pass', () => {
    clone.commit();

    const { stdout } = succeeds(eject('--yes'));

    expect(stdout).toContain('removed  apps/order (');
    expect(stdout).toContain('created  test/notes.e2e.spec.ts');
    clone.commit();
    for (const script of ['lint', 'types', 'arrows', 'build']) succeeds(clone.run('npm', 'run', script));
    succeeds(specs(clone, 'unit'));
    succeeds(specs(clone, 'int', 'apps/'));
    succeeds(specs(clone, 'e2e'));
    succeeds(clone.run('npm', 'run', 'new', '--', 'service', 'loyalty'));
  });
});

/** Of one kind of test, those whose paths fit. Where none fit, it fails. */
function specs(clone: FreshClone, project: string, paths = '') {
  return clone.run('npm', 'exec', '--', 'jest', '--selectProjects', project, '--testPathPatterns', paths);
}

function succeeds<Result extends { status: number | null; stdout: string; stderr: string }>(result: Result): Result {
  if (result.status !== 0) throw new Error(`It ended with ${result.status}:\n${result.stdout}${result.stderr}`);
  return result;
}

const loyaltySpec = `import { eventually, type System, startSystem } from '@waybill/testing';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

test('loyalty signs for order.confirmed, and its receipt is in the journey', async () => {
  const lines = [{ sku: 'mug', quantity: 1 }];
  const order = { customerId: 'customer-7', lines, payment: { token: 'tok_approved' } };
  const { id } = (await system.order.post('/orders', order)).body;

  await eventually('loyalty has signed', async () => {
    const { body } = await system.order.get(\`/orders/\${id}/journey\`);
    expect(body.unavailable).toEqual([]);
    const confirmed = body.messages.find(({ type }: { type: string }) => type === 'order.confirmed');
    expect(confirmed?.deliveries).toContainEqual(expect.objectContaining({ consumer: 'loyalty', state: 'processed' }));
  });
  expect((await system.loyalty.get('/health/ready')).body.status).toBe('ok');
});
`;
