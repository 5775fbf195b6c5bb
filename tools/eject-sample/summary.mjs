/**
 * @param {string[]} lines as `ChangeSet.list` gives them
 * @returns {string} what goes, by folder; what is changed and created, file by file
 */
export function summary(lines) {
  const removed = lines.flatMap((line) => (line.startsWith('removed') ? [line.slice('removed  '.length)] : []));
  const others = lines.filter((line) => !line.startsWith('removed'));
  /** @type {Map<string, number>} */
  const folders = new Map();
  for (const path of removed) {
    const folder = path.split('/').slice(0, 2).join('/');
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const counted = [...folders].map(([folder, count]) => `removed  ${folder}${count > 1 ? ` (${count} files)` : ''}`);
  return [...counted, ...others].sort().join('\n');
}
