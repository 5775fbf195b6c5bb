/** One line of the table: what Waybill does, beside what is possible at all, measured in turns in one run. */
export interface Row {
  readonly name: string;
  /** What the limit is, in a few words. */
  readonly against: string;
  readonly unit: string;
  /** Median over the rounds. */
  readonly ours: number;
  /** Median over the rounds. */
  readonly limit: number;
  /** Ours divided by the limit: the median over the rounds, each of which has both. Null where the limit is 0. */
  readonly ratio: number | null;
  /** What the ratio must be, or ours where there is no ratio; null where it is only stated. */
  readonly target: number | null;
  /** Smaller is better: the ratio, or ours, must be at most the target, not at least. */
  readonly atMost: boolean;
  readonly runs: readonly Run[];
  /** What else must hold, with what was seen. */
  readonly notes: readonly Note[];
}

export interface Run {
  readonly ours: number;
  readonly limit: number;
}

export interface Note {
  readonly text: string;
  readonly isMet: boolean;
}

export interface RowOptions {
  readonly name: string;
  readonly against: string;
  readonly unit: string;
  readonly target?: number;
  readonly atMost?: boolean;
  /** As many of the one as of the other, round by round. */
  readonly ours: readonly number[];
  readonly limit: readonly number[];
  readonly notes?: readonly Note[];
}

export function toRow({ target, atMost = false, notes = [], ours, limit, ...rest }: RowOptions): Row {
  if (ours.length === 0 || ours.length !== limit.length)
    throw new Error(`${rest.name}: ${ours.length} rounds of ours, ${limit.length} of the limit`);
  const runs = ours.map((value, round) => ({ ours: value, limit: limit[round] as number }));
  return {
    ...rest,
    ours: median(ours),
    limit: median(limit),
    ratio: median(limit) === 0 ? null : median(runs.map(ratioOf)),
    target: target ?? null,
    atMost,
    runs,
    notes,
  };
}

export function ratioOf({ ours, limit }: Run): number {
  return ours / limit;
}

/** Whether the target, where there is one, and all notes are met. */
export function isMet({ ours, ratio, target, atMost, notes }: Row): boolean {
  const judged = ratio ?? ours;
  const inTarget = target === null || (atMost ? judged <= target : judged >= target);
  return inTarget && notes.every((note) => note.isMet);
}

/** @throws Error of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) throw new Error('No median of nothing');
  return (lower + upper) / 2;
}

/** The value that `share` (0 to 1) of all are below or at. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
  if (value === undefined) throw new Error('No quantile of nothing');
  return value;
}
