import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, root } from './markdown';

const workspace = join(root, '.waybill');

/**
 * The working tree as somebody would get it who clones it now, in a folder of its own. What would only be fetched or made once more is linked to
 * what is here: the packages, and the servers that `npm run up` unpacks.
 */
export class FreshClone {
  readonly folder: string;

  /** @param name tells several of one process apart. */
  constructor(name = 'clone') {
    this.folder = join(workspace, `${name}-${process.pid}`);
  }

  /** This process's, without what names servers or settings of Waybill's. */
  get env(): NodeJS.ProcessEnv {
    const ours = new Set([...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name));
    const foreign = (name: string) => ours.has(name) || /^(npm_|JEST_|WAYBILL_)/.test(name) || name === 'NODE_ENV';
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
  }

  create(): void {
    mkdirSync(this.folder, { recursive: true });
    const tracked = this.git('ls-files', '--cached', '--others', '--exclude-standard', '-z').split('\0');
    const files = tracked.filter((file) => file !== '' && existsSync(join(root, file)));
    for (const file of files) cpSync(join(root, file), join(this.folder, file));
    this.link('node_modules', '.waybill-installed');
    const mark = `import { markInstalled } from './tools/up/packages.mjs'; markInstalled()`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', mark], { cwd: this.folder });
    if (existsSync(join(workspace, 'packages'))) {
      for (const name of readdirSync(join(workspace, 'packages'))) this.linkUnpacked(join('.waybill/packages', name));
    }
  }

  /** Runs a program of Node's, or an npm script, in it. Test servers of this run are found by those that need some. */
  run(command: 'node' | 'npm', ...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const servers = Object.entries(process.env).filter(([name]) => name.startsWith('WAYBILL_TEST_'));
    const { status, stdout, stderr } = spawnSync(command === 'node' ? process.execPath : 'npm', args, {
      cwd: this.folder,
      env: { ...this.env, ...Object.fromEntries(servers) },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  /** Makes it a repository of its own, with everything committed. */
  commit(): void {
    const as = ['-c', 'user.name=spec', '-c', 'user.email=spec@example.com'];
    for (const args of [
      ['init', '--quiet'],
      ['add', '--all'],
      [...as, 'commit', '--quiet', '--message=all'],
    ]) {
      execFileSync('git', args, { cwd: this.folder });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A folder of its own with links to what is in the other, so that whoever empties it leaves the other alone. */
  private link(path: string, except = ''): void {
    mkdirSync(join(this.folder, path), { recursive: true });
    for (const name of readdirSync(join(root, path))) {
      if (name !== except) symlinkSync(join(root, path, name), join(this.folder, path, name));
    }
  }

  /** Unpacked programs find themselves by an absolute path, which their record names. */
  private linkUnpacked(path: string): void {
    const record = join(path, 'unpacked.json');
    if (!existsSync(join(root, record))) return;
    this.link(path, 'unpacked.json');
    const unpacked = JSON.parse(readFileSync(join(root, record), 'utf8'));
    writeFileSync(join(this.folder, record), JSON.stringify({ ...unpacked, folder: join(this.folder, path) }));
  }

  private git(...args: string[]): string {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  }
}
