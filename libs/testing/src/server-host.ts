import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const clone = resolve(__dirname, '../../..');
const script = join(clone, 'tools/servers/server-host.mjs');

/** A process that owns one server for a spec; the server ends with it, and it with us. */
export interface ServerHost {
  /** @throws Error of the host's when it could not do it. */
  ask<Result>(request: object): Promise<Result>;
  /** Makes a function that calls a method of the server. */
  act(method: string, node?: number): (...args: unknown[]) => Promise<void>;
  /** Ends the server and removes its files. @param keepIn a folder that gets them instead */
  end(keepIn?: string): Promise<void>;
}

export function startServerHost(): ServerHost {
  // without another dash: hosts remove what others, whose names are the same up to their last dash, have left when they were killed
  const name = `test-${randomUUID().replaceAll('-', '')}`;
  const child = spawn(process.execPath, [script, join(clone, '.waybill', name)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ask = dialogue(child);
  return {
    ask: ask as ServerHost['ask'],
    act:
      (method, node) =>
      async (...args) => {
        await ask({ do: method, node, args });
      },
    end: async (keepIn) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (keepIn !== undefined) await ask({ do: 'keep', args: [keepIn] });
      const ended = new Promise((done) => child.once('exit', done));
      child.stdin?.end();
      await ended;
    },
  };
}

type Answer = { id?: number; result?: unknown; error?: string };

/** Requests and answers as lines of JSON over the process's stdin and stdout. */
function dialogue(child: ChildProcess): (request: object) => Promise<unknown> {
  const open = new Map<number, (answer: Answer) => void>();
  let requests = 0;
  if (child.stdout === null) throw new Error('The server host has no stdout');
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.id !== undefined) open.get(answer.id)?.(answer);
    })
    .on('close', () => {
      for (const settle of open.values()) settle({ error: 'The server host has ended' });
    });
  return (request) =>
    new Promise((done, fail) => {
      const id = ++requests;
      open.set(id, ({ result, error }) => (error === undefined ? done(result) : fail(new Error(error))));
      child.stdin?.write(`${JSON.stringify({ id, name: 'server', ...request })}\n`);
    });
}
