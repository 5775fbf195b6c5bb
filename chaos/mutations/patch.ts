import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit, Mutation } from './mutation';

/**
 * Changes the source in a folder.
 * @throws Error that names the file where the source has changed since the mutation was written.
 */
export function applyMutation({ name, edits }: Pick<Mutation, 'name' | 'edits'>, folder: string): void {
  for (const edit of edits) {
    const path = join(folder, edit.file);
    writeFileSync(path, patched(readFileSync(path, 'utf8'), edit, name));
  }
}

/** @throws Error as applyMutation. Changes nothing. */
export function tryMutation({ name, edits }: Pick<Mutation, 'name' | 'edits'>, folder: string): void {
  for (const edit of edits) patched(readFileSync(join(folder, edit.file), 'utf8'), edit, name);
}

function patched(source: string, { file, replace, by }: Edit, name: string): string {
  const parts = source.split(replace);
  if (parts.length === 2) return parts.join(by);
  throw new Error(
    `the mutation ${name} does not apply: in ${file} this stands ${parts.length - 1} times, and not once. ` +
      `The source has changed, so change the mutation (chaos/mutations/):\n${replace}`,
  );
}
