import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const tools = join(__dirname, '../tools/testing');
const passing = `{ name: 'unit', run: async () => ({ passed: 2, failed: 0, skipped: 1 }) }`;

describe('the steps of npm test', () => {
  test('end with the sums over all of them, and with 0', async () => {
    const { code, lines } = await runSteps(`[
      { name: 'lint', run: async () => {} },
      ${passing},
      { name: 'int', run: async () => ({ passed: 410, failed: 0, skipped: 2 }) },
    ]`);

    expect(lines.at(-1)).toBe('tests: 412 passed, 0 failed, 3 skipped');
    expect(code).toBe(0);
  });

  test('go on after one that fails, and name it above the sums', async () => {
    const { code, lines } = await runSteps(`[
      { name: 'lint', run: async () => { throw new Error('2 problems\\nin two files'); } },
      ${passing},
    ]`);

    expect(lines.slice(-2)).toEqual(['! lint: 2 problems', 'tests: 2 passed, 0 failed, 1 skipped']);
    expect(code).toBe(1);
  });

  test('fail when a test has failed', async () => {
    const { code, lines } = await runSteps(
      `[{ name: 'unit', run: async () => ({ passed: 2, failed: 1, skipped: 0 }) }]`,
    );

    expect(lines.slice(-2)).toEqual(['! unit: 1 failed', 'tests: 2 passed, 1 failed, 0 skipped']);
    expect(code).toBe(1);
  });

  test('leave out what needs a step that has failed, and say so', async () => {
    const { code, lines } = await runSteps(`[
      { name: 'build', run: async () => { throw new Error('no compiler'); } },
      { name: 'e2e', needs: ['build'], run: async () => ({ passed: 9, failed: 0, skipped: 0 }) },
      { name: 'more', needs: ['e2e'], run: async () => ({ passed: 9, failed: 0, skipped: 0 }) },
      ${passing},
    ]`);

    expect(lines.slice(-4)).toEqual([
      '! build: no compiler',
      '! e2e: not run: it needs build',
      '! more: not run: it needs e2e',
      'tests: 2 passed, 0 failed, 1 skipped',
    ]);
    expect(code).toBe(1);
  });

  test('fail when no test has run', async () => {
    const { code, lines } = await runSteps(`[{ name: 'lint', run: async () => {} }]`);

    expect(lines.slice(-2)).toEqual(['! no test has run', 'tests: 0 passed, 0 failed, 0 skipped']);
    expect(code).toBe(1);
  });

  function runSteps(steps: string) {
    return run(`import { runSteps } from '${fileUrl('run-steps.mjs')}'; process.exitCode = await runSteps(${steps});`);
  }
});

describe('counting the tests of jest', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-jest-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('a file that fails as a whole is a failed test', async () => {
    write(
      'mixed.test',
      `test('a', () => {}); test('b', () => { throw 1; }); test.skip('c', () => {}); test.todo('d');`,
    );
    write('broken.test', `throw new Error('does not load');`);
    write('untidy.test', `afterAll(() => { throw new Error('left something behind'); }); test('e', () => {});`);

    expect((await countTests()).lines.at(-1)).toBe('{"passed":2,"failed":3,"skipped":2}');
  });

  test('no test at all is an error', async () => {
    expect(await countTests()).toMatchObject({ code: 1, lines: ['jest has left no results'] });
  });

  test('servers that do not end are an error', async () => {
    write('fine.test', `test('a', () => {});`);
    write('teardown', `module.exports = () => { throw new Error('does not end'); };`);

    expect(await countTests({ globalTeardown: '<rootDir>/teardown.js' })).toMatchObject({
      code: 1,
      lines: ['jest has left no results'],
    });
  });

  test('a failure of jest that is none of a test is an error', async () => {
    write('fine.test', `test('a', () => {});`);
    write('uncovered', `1 + 1;`);
    const { code, lines } = await countTests({
      collectCoverage: true,
      collectCoverageFrom: ['<rootDir>/uncovered.js'],
      coverageDirectory: '<rootDir>',
      coverageThreshold: { global: { lines: 100 } },
    });

    expect(lines.at(-1)).toBe('jest failed, though no test did');
    expect(code).toBe(1);
  });

  function write(name: string, content: string): void {
    writeFileSync(join(folder, `${name}.js`), content);
  }

  function countTests(options: object = {}) {
    const config = JSON.stringify({
      rootDir: folder,
      cacheDirectory: join(folder, 'cache'),
      transform: {},
      ...options,
    });
    return run(`
      import { runJest } from '${fileUrl('jest.mjs')}';
      try {
        console.log(JSON.stringify(await runJest(['--config', ${JSON.stringify(config)}])));
      } catch (error) {
        console.log(error.message);
        process.exitCode = 1;
      }`);
  }
});

function fileUrl(name: string): string {
  return pathToFileURL(join(tools, name)).href;
}

/** Runs a script in a process of its own, as the tools run. */
async function run(script: string): Promise<{ code: number; lines: string[] }> {
  const { JEST_WORKER_ID: _, ...env } = process.env;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  const { code = 0, stdout }: { code?: number; stdout: string } = await child.catch((error) => error);
  return { code, lines: stdout.trimEnd().split('\n') };
}
