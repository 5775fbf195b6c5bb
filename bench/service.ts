import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceName } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import { giveUp } from './await-row';

export interface ServiceOptions {
  readonly system: System;
  readonly name: ServiceName;
  /** Beside that of the system. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the port that the other services know it by. */
  readonly port?: number;
  /** The folder for its log. */
  readonly logs: string;
}

const clone = join(__dirname, '..');
const readyWithin = 60_000;

/** A built service as it is shipped. Unlike that of the specs, nobody reads its log, which goes to a file as it would in production. */
export class Service {
  private isEnding = false;

  private constructor(
    readonly name: ServiceName,
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.once('exit', (code, signal) => {
      if (!this.isEnding) giveUp(new Error(`${name} ended with ${signal ?? code}: its log says why`));
    });
  }

  /** Resolves when it says that it is ready. */
  static async start({ system, name, env = {}, port, logs }: ServiceOptions): Promise<Service> {
    const own = system.processes[name];
    const url = `http://127.0.0.1:${port ?? own.port}`;
    const output = openSync(join(logs, `${name}.log`), 'a');
    const child = spawn(process.execPath, [join(clone, 'dist/apps', name, 'src/main.js')], {
      cwd: clone,
      env: { PATH: process.env.PATH, ...own.environment, LOG_FORMAT: 'json', ...env, PORT: new URL(url).port },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const service = new Service(name, url, child);
    await service.ready();
    return service;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks it to end, and waits for that. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    this.isEnding = true;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await ended;
  }

  private async ready(): Promise<void> {
    const until = performance.now() + readyWithin;
    while (this.isRunning && performance.now() < until) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      await pause(10);
    }
    throw new Error(`${this.name} did not become ready: its log says why`);
  }
}
