// Small edits of source text, each at one place that it recognises. They answer undefined where they do not, or find it twice.

/**
 * Adds an item to a list in brackets, such as `controllers: [A, B]`.
 * @param {string} text
 * @param {string} name what stands before the list, up to its bracket
 * @param {string} item
 * @returns {string | undefined}
 */
export function addToList(text, name, item) {
  const [match, second] = [...text.matchAll(new RegExp(`(?<![\\w.])${literally(name)}\\[([^[\\]]*)\\]`, 'g'))];
  if (!match || second || match[1]?.includes('//')) return undefined;
  const items = (match[1] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return text.replace(match[0], () => `${name}[${[...items, item].join(', ')}]`);
}

/**
 * Adds an import to a file that begins with some; the formatter puts it in its place.
 * @param {string} text
 * @param {string} line
 * @returns {string | undefined}
 */
export function addImport(text, line) {
  return text.startsWith('import ') ? `${line}\n${text}` : undefined;
}

/**
 * Inserts lines below one.
 * @param {string} text
 * @param {RegExp} line what to find, whole lines with their ends
 * @param {string} lines with their ends
 * @returns {string | undefined}
 */
export function insertBelow(text, line, lines) {
  const [match, second] = [...text.matchAll(new RegExp(line, 'gm'))];
  return !match || second ? undefined : text.replace(match[0], () => `${match[0]}${lines}`);
}

/** As part of a pattern. @param {string} text */
function literally(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
