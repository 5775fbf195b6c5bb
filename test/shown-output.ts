/** What differs from run to run, and how each is recognised. */
const varying: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`],
  [/\d\d:\d\d:\d\d\.\d{3}/g, String.raw`\d\d:\d\d:\d\d\.\d{3}`],
  [/\d+(?:\.\d+)? ms/g, String.raw`\d+(?:\.\d+)? ms`],
  [/…/g, '.*?'],
];

/**
 * Compares what a page shows with what was printed.
 * @param detail `json`: white space does not count; `any order`: lines may come in any order; else they come in this one. Others may
 * come between them; a line `…` says so to the reader, and asks for nothing.
 * @returns what is shown and was not printed.
 */
export function missingFrom(output: string, shown: string, detail: string): string[] {
  if (detail.includes('json')) return new RegExp(pattern(compact(shown))).test(compact(output)) ? [] : [shown];
  let rest = output.split('\n');
  return shown
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '…')
    .filter((line) => {
      const expected = new RegExp(`^${pattern(line)}$`);
      const at = rest.findIndex((printed) => expected.test(printed));
      if (at >= 0) rest = detail.includes('any order') ? rest.toSpliced(at, 1) : rest.slice(at + 1);
      return at < 0;
    });
}

function pattern(text: string): string {
  const parts = varying.reduce<(string | RegExp)[]>(
    (found, [shape, source]) =>
      found.flatMap((part) =>
        typeof part !== 'string'
          ? [part]
          : part.split(shape).flatMap((piece, index) => (index === 0 ? [piece] : [new RegExp(source), piece])),
      ),
    [text],
  );
  return parts
    .map((part) => (typeof part === 'string' ? part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`) : part.source))
    .join('');
}

/** Without the white space outside of strings. */
function compact(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string = '') => string);
}
