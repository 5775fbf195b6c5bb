import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nest from '../nest-cli.json';

const root = join(__dirname, '..');
const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const instructions = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const stages = instructions
  .join('\n')
  .split(/^(?=FROM )/m)
  .map((stage) => stage.trim().split('\n'));
const final = stages.at(-1) ?? [];

const [everything, ...allowed] = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const letIn = allowed.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : [])).sort();

describe('the image', () => {
  test('is built by an engine as it is, without fetching a frontend', () => {
    expect(text).not.toMatch(/^#\s*syntax\s*=/m);
  });

  test('is built in stages from one base', () => {
    const bases = stages.map(([from]) => from?.split(' ')[1]);

    expect(bases).toEqual(bases.map(() => 'node:24-bookworm-slim'));
    expect(bases.length).toBeGreaterThan(1);
  });

  test('holds the packages that production needs and what the build makes, and nothing else', () => {
    const copies = final.filter((line) => line.startsWith('COPY '));
    const packages = stages.find(([from]) => from?.endsWith(' AS packages'));

    expect(copies).toEqual([
      'COPY --from=packages /waybill/node_modules node_modules',
      'COPY --from=build /waybill/dist dist',
    ]);
    expect(packages?.join('\n')).toContain('npm ci --omit=dev');
    expect(final.filter((line) => line.startsWith('RUN ') || line.startsWith('ADD '))).toEqual([]);
  });

  test('runs in production, as a user that is not root, who owns none of it', () => {
    expect(final).toContain('ENV NODE_ENV=production');
    expect(final.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000']);
    expect(final.filter((line) => line.includes('--chown'))).toEqual([]);
  });
});

describe("the image's build", () => {
  const copied = instructions
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1));

  test('installs packages before it sees the sources, so that a change of these costs no installation', () => {
    const [, , firstCopy, install] = stages[0] ?? [];

    expect(firstCopy).toBe('COPY package.json package-lock.json .npmrc ./');
    expect(install).toContain('npm ci');
  });

  test('gets what it copies and nothing else', () => {
    expect(everything).toBe('*');
    expect([...new Set(copied)].sort()).toEqual(letIn);
    expect(letIn.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('has the sources and the settings that the compiler reads', () => {
    const { tsConfigPath, builder } = nest.compilerOptions;

    expect(copied).toEqual(
      expect.arrayContaining(['nest-cli.json', '.swcrc', tsConfigPath, ...builder.options.filenames]),
    );
  });

  test('sees no specs', () => {
    expect(allowed).toEqual(expect.arrayContaining(['**/*.spec.ts', 'libs/testing']));
  });
});
