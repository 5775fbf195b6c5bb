import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigration } from './create-migration';

const now = 1_764_000_123_456;

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'waybill-migration-'));
  folder = join(root, 'apps/order/src/migrations');
  mkdirSync(folder, { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true }));

test('writes the next number, under a name that TypeORM can order', async () => {
  for (const file of ['0001-place-orders.ts', '0009-return-orders.ts', 'notes.md'])
    writeFileSync(join(folder, file), '');

  expect(await createMigration(root, 'order', 'add-gift-note', now)).toEqual({
    path: 'apps/order/src/migrations/0010-add-gift-note.ts',
    className: 'AddGiftNote',
    importLine: "import { AddGiftNote } from './migrations/0010-add-gift-note';",
  });

  const source = readFileSync(join(folder, '0010-add-gift-note.ts'), 'utf8');
  expect(source).toContain('export class AddGiftNote implements MigrationInterface');
  expect(source).toContain("readonly name = 'AddGiftNote1764000123456';");
});

test('starts at 1, in a service that has none', async () => {
  expect((await createMigration(root, 'payment', 'place-orders', now)).path).toMatch(/0001-place-orders\.ts$/);
});

test.each(['', 'gift', 'AddGiftNote', 'add_gift', '../../evil-name', 'add--note', '1-note', 'add-gift-note.ts'])(
  '"%s" is no name',
  async (name) => {
    await expect(createMigration(root, 'order', name, now)).rejects.toThrow('words joined by hyphens');
  },
);
