import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './markdown';

// The whole of it takes two minutes, and is in bench.e2e.spec.ts.
test('the bench starts its servers, measures a path in turns with its limits, and says what it came to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  const json = join(folder, 'results.json');
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['tools/bench.mjs', '--only', 'relay', '--quick', '--json', json],
      { cwd: root },
    );

    const rows = JSON.parse(await readFile(json, 'utf8'));
    expect(rows).toMatchObject(
      ['relay, quorum', 'relay, quorum, raw', 'relay, classic', 'relay, classic, raw'].map((name) => ({
        name,
        ours: expect.any(Number),
        limit: expect.any(Number),
        unit: 'messages/s',
        atMost: false,
        runs: [{ ours: expect.any(Number), limit: expect.any(Number) }],
      })),
    );
    expect(stdout).toContain('| relay, quorum ');
    expect(stdout).toContain('its figures mean nothing');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
