import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from '../test/fresh-clone';

const clone = new FreshClone();

beforeAll(() => {
  clone.create();
  write(
    'libs/contracts/src/catalogue.ts',
    `
    import { z } from 'zod';
    import { defineCatalogue } from './define-catalogue';
    import { defineEvent } from './define-event';

    const total = z.int();
    const tried = defineEvent({ type: 'order.tried', version: 1, consumers: ['payment'], schema: z.object({ total }), aggregate: () => '' });
    export const catalogue = defineCatalogue({ order: [tried] });
  `,
  );
  write('libs/contracts/contracts.snapshot.json', '{}');
});

afterAll(() => clone.remove());

test('a contract is accepted, changed in a way that is refused, and accepted with a raised version', () => {
  expect(contracts('check')).toEqual({ status: 1, output: expect.stringContaining('npm run contracts:accept') });
  expect(contracts('accept')).toEqual({
    status: 0,
    output: 'order.tried\n  - is new\nThe contracts are accepted.\n',
  });
  expect(contracts('check')).toEqual({ status: 0, output: 'The contracts are as they were accepted.\n' });
  const accepted = read('libs/contracts/contracts.snapshot.json');

  replace('z.int()', 'z.int().max(10)');

  for (const command of ['check', 'accept']) {
    expect(contracts(command)).toEqual({ status: 1, output: expect.stringContaining('payload.total: maximum was') });
  }
  expect(read('libs/contracts/contracts.snapshot.json')).toBe(accepted);

  replace('version: 1', 'version: 2');

  expect(contracts('accept')).toEqual({ status: 0, output: expect.stringContaining('version was 1, is 2') });
  expect(contracts('check')).toMatchObject({ status: 0 });

  replace('[tried]', '[]');

  expect(contracts('accept')).toEqual({ status: 1, output: expect.stringContaining('-- --forget order.tried') });
  expect(contracts('accept', '--forget', 'order.tried')).toMatchObject({ status: 0 });
  expect(JSON.parse(read('libs/contracts/contracts.snapshot.json'))).toEqual({});
});

test.each([
  [[], 'not known: no command'],
  [['acept'], 'not known: acept'],
  [['accept', 'order.tried'], 'not known: accept order.tried'],
  [['check', '--forget', 'order.tried'], '--forget goes with accept'],
  [['accept', '--all'], "Unknown option '--all'"],
])('%j is refused with the usage', (words, problem) => {
  const { status, output } = contracts(...words);

  expect(status).toBe(2);
  expect(output).toMatch(problem);
  expect(output).toMatch('npm run contracts:accept [--');
});

test('a snapshot that is torn says so, and what to do', () => {
  write('libs/contracts/contracts.snapshot.json', '<<<<<<< HEAD');

  expect(contracts('accept')).toEqual({
    status: 1,
    output: expect.stringContaining('take it as git has it, then accept'),
  });
});

function contracts(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/contracts.mjs', ...words], {
    cwd: clone.folder,
    env: clone.env,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

function replace(text: string, by: string): void {
  const source = read('libs/contracts/src/catalogue.ts');
  expect(source).toContain(text);
  write('libs/contracts/src/catalogue.ts', source.replace(text, by));
}

function read(file: string): string {
  return readFileSync(join(clone.folder, file), 'utf8');
}

function write(file: string, content: string): void {
  writeFileSync(join(clone.folder, file), content);
}
