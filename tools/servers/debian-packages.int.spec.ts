import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every run of the specs unpacks RabbitMQ with the real apt-get. Here commands of the same names stand in, so that an unpacking can be
 * held still in its middle.
 */
const commands = {
  'apt-config': 'exit 0',
  'apt-get': `
    case "$1" in
      indextargets) echo http://debian.example/debian/ ;;
      update) echo update >> "$STAGE/updates" ;;
      install) printf 'Inst libc6 (1)\\nInst perl-base (1)\\nInst hello (1)\\n' ;;
      download) shift 2; for name in "$@"; do touch "$name"_1.0-1_amd64.deb; done ;;
    esac`,
  'dpkg-deb': `
    case "$2" in
      */hello_*) if [ -p "$STAGE/gate" ]; then echo here > "$STAGE/reached"; read _ < "$STAGE/gate"; fi
        mkdir -p "$3/usr/bin"; echo hello > "$3/usr/bin/hello" ;;
      *) mkdir -p "$3/usr/lib/x86_64-linux-gnu"; touch "$3/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" ;;
    esac`,
};

const isDebian = existsSync('/etc/debian_version') && process.arch === 'x64';

(isDebian ? describe : describe.skip)('unpacking Debian packages', () => {
  const stage = join(__dirname, '../../.waybill', `spec-unpack-${process.pid}`);
  const folder = join(stage, 'packages', 'forky-hello');

  beforeEach(() => {
    mkdirSync(join(stage, 'bin'), { recursive: true });
    for (const [name, script] of Object.entries(commands)) {
      writeFileSync(join(stage, 'bin', name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(stage, 'bin', name), 0o755);
    }
  });

  const started: ChildProcess[] = [];

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    letOrphansGo();
    rmSync(stage, { recursive: true, force: true });
  });

  /** A command that still waits at the gate reads its end once it has been open. */
  function letOrphansGo() {
    for (const pipe of ['reached', 'gate']) {
      if (existsSync(join(stage, pipe)))
        closeSync(openSync(join(stage, pipe), constants.O_RDWR | constants.O_NONBLOCK));
    }
  }

  function unpack(into = folder): ChildProcess {
    const script = `
      import { unpackDebianPackages } from ${JSON.stringify(join(__dirname, 'debian-packages.mjs'))};
      const { versions } = await unpackDebianPackages({
        folder: ${JSON.stringify(into)}, suite: 'forky', packages: ['hello'], progress: (line) => process.stderr.write(line + '\\n'),
      });
      process.stdout.write(JSON.stringify(versions));`;
    const env = { ...process.env, PATH: `${join(stage, 'bin')}:${process.env.PATH}`, STAGE: stage };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  }

  async function outcome(child: ChildProcess): Promise<string> {
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
    });
    await once(child, 'close');
    return output;
  }

  /** Until the gate is opened, unpacking does not get past its last package. */
  function holdInTheMiddle() {
    execFileSync('mkfifo', [join(stage, 'reached'), join(stage, 'gate')]);
  }

  /** Reading a named pipe ends when its writer closes it. */
  async function isInTheMiddle(): Promise<void> {
    expect(await readFile(join(stage, 'reached'), 'utf8')).toBe('here\n');
  }

  const whole = { libc6: '1.0-1', hello: '1.0-1' };

  it('leaves nothing that could be taken for a whole folder when it is killed, and does it anew the next time', async () => {
    holdInTheMiddle();
    const killed = unpack();
    await isInTheMiddle();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(folder)).toBe(false);

    writeFileSync(join(stage, 'gate'), 'go on\n'); // for the command that outlived it
    rmSync(join(stage, 'gate'));
    expect(JSON.parse(await outcome(unpack()))).toEqual(whole);
    expect(readFileSync(join(folder, 'root/usr/bin/hello'), 'utf8')).toBe('hello\n');
    expect(readdirSync(join(stage, 'packages'))).toEqual(['forky-hello']);
  });

  it('is done once when two ask for it, and found done afterwards', async () => {
    holdInTheMiddle();
    const first = unpack();
    await isInTheMiddle();
    const second = unpack();
    const said = await once(second.stderr as NonNullable<typeof second.stderr>, 'data');
    expect(String(said[0])).toContain(`process ${first.pid} is unpacking hello`);
    const outcomes = Promise.all([outcome(first), outcome(second)]);
    writeFileSync(join(stage, 'gate'), 'go on\n');
    expect((await outcomes).map((text) => JSON.parse(text))).toEqual([whole, whole]);
    expect(JSON.parse(await outcome(unpack()))).toEqual(whole);
    expect(readFileSync(join(stage, 'updates'), 'utf8')).toBe('update\n');
  });

  it('is done anew where the folder has been moved, because programs in it name its old place', async () => {
    await outcome(unpack());
    const moved = join(stage, 'elsewhere', 'forky-hello');
    mkdirSync(join(stage, 'elsewhere'));
    renameSync(folder, moved);
    expect(JSON.parse(await outcome(unpack(moved)))).toEqual(whole);
    expect(JSON.parse(readFileSync(join(moved, 'unpacked.json'), 'utf8')).folder).toBe(moved);
    expect(readFileSync(join(stage, 'updates'), 'utf8')).toBe('update\nupdate\n');
  });
});
