import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Recorder } from './recorder';

/** A line of a service's log, as JSON. A step of a message has the fields of its StepTaken. */
export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly msg?: string;
  readonly step?: string;
  readonly messageId?: string;
  readonly type?: string;
  readonly consumer?: string;
  readonly attempt?: number;
  readonly milliseconds?: number;
  readonly detail?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a spec expects of it is checked there
  readonly body: any;
}

const clone = resolve(__dirname, '../../..');

/** Milliseconds. A service that has not ended by then never will: longer than any SHUTDOWN_GRACE here. */
const exitPatience = 40_000;

/** Milliseconds. Several start at once, on machines that are busy with others. */
const startPatience = 60_000;

const cleanly = 'exit code 0';

/** The process ends with us, however we end: stdin closes then. */
const endWithParent = `data:text/javascript,${encodeURIComponent(
  `process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume().unref()`,
)}`;

/** One built app as a child process, that can be started and ended again and again on the same port. */
export class ServiceProcess {
  /** Every line of JSON that it has logged, over all its starts. */
  readonly log = new Recorder<LogLine>();
  /** Everything that it has written, as it was written. */
  readonly output = new Recorder<string>();
  /** What it must not have done: ended unasked, died of an error nobody handled, written past its log. */
  readonly faults: string[] = [];
  private child: ChildProcess | undefined;
  private exited: Promise<string> = Promise.resolve('not started');
  private endIsAsked = false;

  constructor(
    readonly name: string,
    readonly port: number,
    /** All that it gets, but for PORT. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** While it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /**
   * Resolves when it listens, or has died where `CRASH_AT` says. `environment` adds to its own for this start.
   * @throws Error with its last lines when it ends instead.
   */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const from = this.output.values.length;
    this.endIsAsked = false;
    const isCrash = (how: string) => how === 'SIGKILL' && environment.CRASH_AT !== undefined;
    const child = spawnApp(this.name, { ...this.environment, ...environment, PORT: String(this.port) });
    this.child = child;
    const read = [this.read(child.stdout, false), this.read(child.stderr, true)];
    this.exited = new Promise((done) => {
      child.once('exit', (code, signal) => {
        this.child = undefined;
        const how = signal ?? `exit code ${code}`;
        if (!this.endIsAsked && !isCrash(how)) this.faults.push(`${this.name} ended unasked with ${how}`);
        void Promise.all(read).then(() => done(how));
      });
    });
    const listens = this.output.until((text) => text.includes(`${this.name} is ready at http`), from, startPatience);
    const ended = this.exited.then((how) => {
      if (isCrash(how)) return;
      throw new Error(`${this.name} ended with ${how}. ${this.lastLines()}`);
    });
    ended.catch(() => {
      // Nobody asks for it any more once the service listens.
    });
    await Promise.race([listens, ended]);
  }

  /** Asks it to end. Resolves as `ended`. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<string> {
    const how = await this.end(signal);
    if (how !== cleanly) this.faults.push(`${this.name} ended with ${how} after ${signal}. ${this.lastLines()}`);
    return how;
  }

  /** Asks it to end, and leaves it to the caller what may come of that. Resolves as `ended`. */
  async terminate(): Promise<string> {
    return await this.end('SIGTERM');
  }

  /** Takes its life without warning. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** It stands still, and its connections with it, until `resume`. */
  suspend(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves with `exit code 0`, or the signal that it died of, once its last line is read. */
  ended(): Promise<string> {
    return this.exited;
  }

  /** How many lines it has logged: a position for `step` and `line` to look from. */
  get position(): number {
    return this.log.values.length;
  }

  /** The first step of a message that fits, from a position on. Rejects after 20 s. */
  step(fits: Partial<LogLine> | ((line: LogLine) => boolean), from = 0): Promise<LogLine> {
    const matches = typeof fits === 'function' ? fits : matcher(fits);
    return this.log.until((line) => line.step !== undefined && matches(line), from);
  }

  /** Every step of messages that fits, so far, from a position on. */
  steps(fits: Partial<LogLine> = {}, from = 0): LogLine[] {
    const matches = matcher(fits);
    return this.log.values.slice(from).filter((line) => line.step !== undefined && matches(line));
  }

  /** The first line whose text fits, from a position on. Rejects after 20 s. */
  line(text: RegExp, from = 0): Promise<LogLine> {
    return this.log.until(({ msg = '' }) => text.test(msg), from);
  }

  async get(path: string): Promise<Answer> {
    return await answerOf(await fetch(this.url + path));
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return await answerOf(await fetch(this.url + path, { ...request, body: raw as RequestInit['body'] }));
  }

  private lastLines(): string {
    return `Its last lines:\n${this.output.values.slice(-10).join('\n')}`;
  }

  private async end(signal: NodeJS.Signals): Promise<string> {
    const { child } = this;
    if (!child) throw new Error(`${this.name} is not running`);
    this.endIsAsked = true;
    child.kill(signal);
    child.kill('SIGCONT'); // one that stands still hears nothing else
    const timer = setTimeout(() => {
      this.faults.push(`${this.name} had to be killed: ${signal} did not end it within ${exitPatience} ms`);
      child.kill('SIGKILL');
    }, exitPatience);
    const how = await this.exited;
    clearTimeout(timer);
    return how;
  }

  private async read(stream: NodeJS.ReadableStream | null, isError: boolean): Promise<void> {
    if (!stream) return;
    for await (const text of createInterface({ input: stream })) {
      this.output.record(text);
      if (isError) this.faults.push(`${this.name} wrote to stderr: ${text}`);
      else if (text.startsWith('{')) this.hear(JSON.parse(text) as LogLine);
    }
  }

  private hear(line: LogLine): void {
    if (line.level === 'fatal') this.faults.push(`${this.name} logged: ${line.msg}`);
    this.log.record(line);
  }
}

/** Runs a built app. `environment` is all that it gets. */
export function spawnApp(app: string, environment: Readonly<Record<string, string>>): ChildProcess {
  const main = join(clone, 'dist/apps', app, 'src/main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build before the end-to-end specs`);
  return spawn(process.execPath, ['--import', endWithParent, main], {
    cwd: clone,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function matcher(fits: Partial<LogLine>): (line: LogLine) => boolean {
  const wanted = Object.entries(fits) as [keyof LogLine, unknown][];
  return (line) => wanted.every(([field, value]) => line[field] === value);
}
