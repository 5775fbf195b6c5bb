import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const isDebian = existsSync('/etc/debian_version') && process.arch === 'x64';

(isDebian ? it : it.skip)("runs Debian's strace from the clone, where none is installed", () => {
  const script = `
    import { unpackedStrace } from ${JSON.stringify(join(__dirname, 'slow-fsync.mjs'))};
    process.stdout.write(await unpackedStrace());`;
  const strace = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });

  expect(strace).toContain('.waybill/packages/');
  expect(execFileSync(strace, ['-V'], { encoding: 'utf8' })).toMatch(/^strace/);
});
