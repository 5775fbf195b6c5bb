import { cpus, release, totalmem, type } from 'node:os';
import { isMet, type Row, ratioOf } from './row';

/** The results as a table in Markdown: as it is printed, and as it stands in the README. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    amount(row.ours, row.unit),
    `${amount(row.limit, row.unit)} (${row.against})`,
    judged(row),
    target(row),
  ]);
  const all = [['path', 'ours', 'the limit', 'ratio (min to max)', 'target'], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const [head = '', ...body] = all.map(
    (cells) => `| ${cells.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`,
  );
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n');
}

/** What a row says beside its numbers, and what it misses; a line each. */
export function remarks(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => [
    ...row.notes.map(({ text, isMet: met }) => `${met ? ' ' : '!'} ${row.name}: ${text}`),
    ...(isMet(row) ? [] : [`! ${row.name} is not in its target`]),
  ]);
}

/** The machine, in a line. */
export function machine(servers: readonly string[]): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const parts = [`${cpus().length} cores (${first?.model.trim()})`, `${gigabytes} GiB`, `${type()} ${release()}`];
  return [...parts, `Node ${process.versions.node}`, ...servers].join(', ');
}

/** What the target is of: the ratio, or what we have ourselves where there is none. */
function judged({ ours, ratio, runs }: Row): string {
  const values = runs.map((run) => (ratio === null ? run.ours : ratioOf(run)));
  return `**${(ratio ?? ours).toFixed(2)}** (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}

function target({ target: wanted, atMost, ratio, unit }: Row): string {
  if (wanted === null) return 'stated';
  return `${atMost ? 'at most' : 'at least'} ${wanted}${ratio === null ? ` ${unit}` : ''}`;
}

function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`;
}
