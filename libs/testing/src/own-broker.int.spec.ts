import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOwnBroker } from './own-broker';

test('a broker whose files are kept leaves no process behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-kept-'));
  try {
    const broker = await startOwnBroker();
    await broker.end(folder);

    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(kept).toContainEqual(expect.stringMatching(/rabbitmq\.conf$/));
    // What a process is found by, as long as it runs.
    expect(kept.filter((name) => name.endsWith('.process.json'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
