import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './markdown';

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly limit: number;
  readonly unit: string;
  readonly ratio: number | null;
  readonly target: number | null;
  readonly atMost: boolean;
  readonly runs: readonly { readonly ours: number; readonly limit: number }[];
}

/** What `npm run bench` measures, and what it must come to. */
const targets: Record<string, number | null> = {
  intake: 0.8,
  'intake, raw': null,
  'relay, quorum': 0.9,
  'relay, quorum, raw': null,
  'relay, classic': 0.9,
  'relay, classic, raw': null,
  'relay against the tutorial loop': 5,
  'relay against pg-transactional-outbox': 5,
  consume: 0.9,
  'consume, raw': null,
  'consume, batch': 0.6,
  receipts: 0.9,
  start: 1.5,
  'start, memory': 1.5,
  'idle, queries': 5,
  'idle, CPU': 1,
  'latency, p50': 2,
  'latency, p99': null,
  'end-to-end': null,
  'scale, a gateway of 1 s, 4': null,
  'scale, no wait, 4': null,
  priority: 3,
  'growth, relay': 0.95,
  'growth, consume': 0.95,
  'growth, POST p95': 1.05,
  'backlog, relay': 0.9,
};

// Twelve paths, each with servers' and services' starts of its own.
jest.setTimeout(600_000);

test('a quick look at the bench runs every path to its end, and says what each came to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  const json = join(folder, 'results.json');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['tools/bench.mjs', '--quick', '--json', json], {
      cwd: root,
      maxBuffer: 1 << 26,
    });
    const rows: Row[] = JSON.parse(await readFile(json, 'utf8'));

    expect(Object.fromEntries(rows.map(({ name, target }) => [name, target]))).toMatchObject(targets);
    for (const { name, ours, limit, runs, ratio } of rows) {
      expect({ name, ours, limit }).toEqual({ name, ours: expect.any(Number), limit: expect.any(Number) });
      expect(runs.length).toBeGreaterThan(0);
      expect(ratio === null || Number.isFinite(ratio)).toBe(true);
      expect(stdout).toContain(`| ${name} `);
    }
    expect(stdout).toContain('its figures mean nothing');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
