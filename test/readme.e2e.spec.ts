import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import { freePorts } from '../libs/testing/src/free-ports';
import { FreshClone } from './fresh-clone';
import { type Block, blocksOf, pages } from './markdown';
import { missingFrom } from './shown-output';

/** Commands of a page, and what they are said to show. */
interface Example {
  readonly page: string;
  readonly commands: string;
  readonly shows: Block[];
}

/** What the README ends with stops the system, so the other pages, which are for a system that is up, come before it. */
const readme = examplesOf('README.md');
const others = pages().filter((page) => page !== 'README.md');
const examples = [...readme.slice(0, -1), ...others.flatMap(examplesOf), ...readme.slice(-1)];

const clone = new FreshClone();
/** What stands in the README, and what stands for it here. */
const replacements = new Map<string, string>();
let env: NodeJS.ProcessEnv;
let up: ChildProcess | undefined;
/** What `npm run up` has printed. */
let logs = '';
/** Where its output stood when the example before this one began: what that one did may be logged before this one is read. */
let earlier = 0;

beforeAll(async () => {
  clone.create();
  const ports = await freePorts(services.length);
  const names = services.map((name) => `${name.toUpperCase()}_PORT`);
  env = { ...clone.env, ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])) };
  ports.forEach((port, index) => {
    replacements.set(`localhost:300${index}`, `localhost:${port}`).set(`127.0.0.1:300${index}`, `127.0.0.1:${port}`);
  });
});
afterAll(async () => {
  if (up && up.exitCode === null) {
    execFileSync('npm', ['run', 'down'], { cwd: clone.folder, env });
    await once(up, 'close');
  }
  clone.remove();
});

test.each(examples.map((example) => [example.page, commandsIn(example.commands)[0]?.slice(0, 50), example] as const))(
  '%s: %s',
  async (_page, _command, { page, commands, shows }) => {
    const from = earlier;
    earlier = logs.length;
    let output = '';
    for (const command of commandsIn(commands)) {
      output += `${await (command === 'npm run up' ? startUp() : run(replaced(command)))}\n`;
      const [, id] = /^\{"id":"([^"]+)"/m.exec(output) ?? [];
      if (id) replacements.set('<id>', id);
    }

    for (const { detail, text } of shows) {
      if (detail.startsWith('up')) {
        await eventually('npm run up shows it', async () => expectShown(page, logs.slice(from), text, detail), 30_000);
      } else expectShown(page, output, text, detail);
    }
  },
  200_000,
);

function examplesOf(page: string): Example[] {
  const found: Example[] = [];
  for (const block of blocksOf(page)) {
    if (block.kind === 'run') found.push({ page, commands: block.text, shows: [] });
    if (block.kind === 'shows') found.at(-1)?.shows.push(block);
  }
  return found;
}

/** One a line, or several lines that end with a backslash. Where the README clones itself, we have done so. */
function commandsIn(text: string): string[] {
  const commands = text.replaceAll('\\\n', '').trim().split('\n');
  return commands.filter((command) => !/^(git clone|cd) /.test(command));
}

function replaced(text: string): string {
  return [...replacements].reduce((result, [shown, ours]) => result.replaceAll(shown, ours), text);
}

function expectShown(page: string, output: string, text: string, detail: string): void {
  const missing = missingFrom(withoutOthers(output), replaced(text), detail);
  if (missing.length > 0) throw new Error(`${page} shows\n${missing.join('\n')}\nand what came is\n${output}`);
}

/** The pages show the sample's services; one that was added signs for messages, too. */
function withoutOthers(output: string): string {
  const others = services.filter((name) => !['order', 'payment', 'warehouse'].includes(name));
  return others.reduce(
    (rest, name) => rest.replaceAll(new RegExp(`\\b${name} [a-z]+, |, ${name} [a-z]+$`, 'gm'), ''),
    output,
  );
}

async function run(command: string): Promise<string> {
  const shell = spawn('sh', ['-c', command], { cwd: clone.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(shell, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
  return output;
}

/** Resolves with what it has printed when it says that it is up. */
async function startUp(): Promise<string> {
  const started = spawn('npm', ['run', 'up'], { cwd: clone.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  up = started;
  await new Promise<void>((resolve, reject) => {
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        logs += text;
        if (logs.includes('End: npm run down')) resolve();
      });
    }
    started.once('close', () => reject(new Error(`npm run up has ended:\n${logs}`)));
  });
  return logs;
}
