import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { giveUp } from './await-row';

const runner = join(__dirname, 'program.mjs');

/** Anything but what a program is told, in the way that it says it to whoever started it. */
export function tell(message: object): void {
  process.send?.(message);
}

/** A limit, or another program of the bench, as a process of its own; it talks by messages. */
export class Program {
  private readonly heard: object[] = [];
  private wake: () => void = () => {};
  private ending: string | undefined;
  private isEnding = false;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message: object) => {
      this.heard.push(message);
      this.wake();
    });
    child.on('exit', (code, signal) => {
      this.ending = String(signal ?? code);
      if (!this.isEnding) giveUp(this.endedByItself());
      this.wake();
    });
  }

  /** Loads the file in a new process, and calls its `main(settings)`. What it prints goes to a file of logs. */
  static async start(file: string, settings: object, logs: string): Promise<Program> {
    const name = basename(file, '.ts');
    const output = openSync(join(logs, `${name}.log`), 'a');
    const child = spawn(process.execPath, [runner, file, JSON.stringify(settings)], {
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    closeSync(output);
    return new Program(name, child);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  /** The next thing that it tells. @throws Error when it ends instead. */
  async hear<Message extends object>(): Promise<Message> {
    for (;;) {
      const message = this.heard.shift();
      if (message) return message as Message;
      if (this.ending) throw this.endedByItself();
      await new Promise<void>((wake) => {
        this.wake = wake;
      });
    }
  }

  async end(): Promise<void> {
    if (this.ending) return;
    this.isEnding = true;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
  }

  private endedByItself(): Error {
    return new Error(`${this.name} ended with ${this.ending}: its log says why`);
  }
}
