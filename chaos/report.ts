import type { Result } from './run-scenario';

const columns = [
  'scenario',
  'orders',
  'messages',
  'lost',
  'doubled',
  'stuck',
  'illegal',
  'recovered',
  'verdict',
] as const;

const verdictAt = columns.indexOf('verdict');

/** A row for each scenario, for a person. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    ...(result.verdict === 'skipped'
      ? ['', '', '', '', '', '', '']
      : [
          String(result.orders),
          String(result.messages),
          String(result.lost),
          String(result.doubled),
          String(result.stuck),
          String(result.illegal),
          `${result.recovered.toFixed(1)} s`,
        ]),
    result.verdict === 'skipped' ? `skipped: ${result.reason}` : result.verdict === 'passed' ? 'ok' : 'FAILED',
  ]);
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...rows.map((row) => (at < verdictAt ? (row[at]?.length ?? 0) : 0))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === 0 || at === verdictAt ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return [line(columns), ...rows.map(line)].map((text) => text.trimEnd()).join('\n');
}

/** One line over all. */
export function summary(results: readonly Result[]): string {
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const with_ = (verdict: Result['verdict']) => results.filter((result) => result.verdict === verdict).length;
  return (
    `${sum(({ orders }) => orders)} orders, ${sum(({ messages }) => messages)} messages: ` +
    `${sum(({ lost }) => lost)} lost, ${sum(({ doubled }) => doubled)} doubled, ${sum(({ stuck }) => stuck)} stuck, ${sum(({ illegal }) => illegal)} illegal; ` +
    `${with_('passed')} scenarios passed, ${with_('failed')} failed, ${with_('skipped')} skipped`
  );
}
