import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { blocksOf, pages, prose, read, root } from './markdown';

/** Files that a page would add, and that are not in the repository. */
const shownFiles = pages()
  .flatMap(blocksOf)
  .filter(({ kind }) => kind === 'file')
  .map(({ detail }) => detail);

const exists = (path: string) => existsSync(join(root, path)) || shownFiles.includes(path);
const found = (page: string, pattern: RegExp) => [...prose(page).matchAll(pattern)].map(([, first]) => first as string);

describe.each(pages())('%s', (page) => {
  test('links to files, and headings of them, that are there', () => {
    const broken = found(page, /\]\((?!https?:)([^)]+)\)/g).filter((link) => {
      const [file = '', heading] = link.split('#');
      const target = file === '' ? page : relative(root, resolve(root, dirname(page), file));
      return !existsSync(join(root, target)) || (heading !== undefined && !headings(target).includes(heading));
    });

    expect(broken).toEqual([]);
  });

  test('names files that are there', () => {
    const paths = found(page, /`((?:apps|libs|tools|test|docs)\/[\w./-]+|[\w-]+\.(?:json|yml|http|cjs|js))`/g);

    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  test('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(page).matchAll(/npm run ([a-z\d:]+(?:-[a-z]+)*)/g)].map(([, script]) => script as string);

    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  test('names environment variables that are there', () => {
    const known = read('.env.example') + read('tools/test-servers.mjs');
    const named = found(page, /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g);

    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(known))).toEqual([]);
  });

  test('shows code as it is in the repository', () => {
    const stale = blocksOf(page).filter(({ kind, detail, text }) => kind === 'from' && !contains(read(detail), text));

    expect(stale.map(({ detail, text }) => `${detail}:\n${text}`)).toEqual([]);
  });
});

test('every test that docs/guarantees.md names is there', () => {
  const specs = new Map(specFiles().map((file) => [file, read(file)]));
  const named = [...read('docs/guarantees.md').matchAll(/\]\(\.\.\/([\w./-]+\.spec\.ts)\)(.*)/g)].flatMap(
    ([, file = '', rest = '']) => [...rest.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );

  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ file, title }) => !isTitle(specs.get(file) ?? '', title))).toEqual([]);
});

test('every promise of docs/guarantees.md names a test', () => {
  const promises = read('docs/guarantees.md').split('## What is not promised')[0]?.split(/^## /m).slice(1) ?? [];

  expect(promises.length).toBeGreaterThan(8);
  expect(promises.filter((promise) => !/\.spec\.ts\) "/.test(promise)).map((text) => text.split('\n')[0])).toEqual([]);
});

/** As GitHub makes anchors of them. */
function headings(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether the excerpt stands in the source, one after the other and whole lines, however far it is indented there. */
function contains(source: string, excerpt: string): boolean {
  const first = excerpt.split('\n')[0] ?? '';
  return source
    .split('\n')
    .filter((line) => line.trimStart() === first)
    .some((line) => {
      const indent = line.slice(0, line.length - first.length);
      return source.includes(`${indent}${excerpt.trimEnd().replaceAll(/\n(?=.)/g, `\n${indent}`)}\n`);
    });
}

function specFiles(): string[] {
  return ['apps', 'libs', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.spec.ts'))
      .map((file) => join(folder, file)),
  );
}

/** A title as it is written in the spec: with its %s, and its quotes escaped if they need be. */
function isTitle(source: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) =>
    source.includes(`${quote}${title.replaceAll("'", quote === "'" ? "\\'" : "'")}${quote}`),
  );
}
