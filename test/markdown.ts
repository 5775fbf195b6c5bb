import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..');

/** A fenced block of code, with the comment before it that says what a test does with it; see CONTRIBUTING.md. */
export interface Block {
  /** The page it is on, from the root of the clone. */
  readonly page: string;
  /** The comment's first word: `run`, `shows`, `from`, `file`, `line`, `in`; undefined without one. */
  readonly kind: string | undefined;
  /** The rest of the comment. */
  readonly detail: string;
  readonly language: string;
  readonly text: string;
}

/** Every page that people read, from the root of the clone. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map((file) => join('docs', file))].filter((file) =>
    file.endsWith('.md'),
  );
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** A page without its blocks of code. */
export function prose(page: string): string {
  return read(page).replaceAll(/^```.*?^```$/gms, '');
}

const block =
  /(?:^<!-- (?<kind>run|shows|from|file|line|in)\b:?(?<detail>.*?) -->\n)?^```(?<language>\w*)\n(?<text>.*?)^```$/gms;

/** The blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(block)].map(({ groups = {} }) => ({
    page,
    kind: groups.kind,
    detail: (groups.detail ?? '').replace(/^ /, ''),
    language: groups.language ?? '',
    text: groups.text ?? '',
  }));
}
