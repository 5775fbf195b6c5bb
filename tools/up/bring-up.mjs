import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CLONE, WORKSPACE } from '../clone.mjs';
import { withLock } from '../lock.mjs';
import { sendSignal } from '../process-identity.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { readRunningState, UP_LOCK } from './system-state.mjs';
import { Terminal } from './terminal.mjs';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.mjs', import.meta.url));

const ERRORS = join(WORKSPACE, 'supervisor.log');

/** What a shell says of a command that a Ctrl-C has ended. */
const INTERRUPTED = 130;

/**
 * Brings everything up, or says that it is. In the foreground it shows the logs until it is told to stop, and stops everything then.
 * @param {object} options
 * @param {'up' | 'dev'} options.mode
 * @param {boolean} options.detach return once all is ready, and leave it running
 * @returns {Promise<number>} the exit code
 */
export async function bringUp({ mode, detach }) {
  const terminal = new Terminal();
  try {
    const supervisor = await withLock(
      UP_LOCK,
      async () => {
        while (readRunningState()?.phase === 'stopping') await delay(100);
        if (readRunningState()) return undefined;
        await ensurePackages(terminal);
        return startSupervisor(mode, detach, terminal);
      },
      (holder) => terminal.print(`process ${holder} is bringing it up already, waiting for it`),
    );
    return supervisor ? await supervisor.exitCode : await waitForOther(terminal);
  } catch (error) {
    terminal.fail(/** @type {Error} */ (error).message);
    return 1;
  }
}

/** @param {Terminal} terminal */
async function ensurePackages(terminal) {
  if (packagesAreInstalled()) return;
  const startedAt = Date.now();
  terminal.begin('packages', 'installing packages');
  await installPackages();
  terminal.end('packages', 'packages installed', Date.now() - startedAt);
}

/**
 * @param {'up' | 'dev'} mode @param {boolean} detach @param {Terminal} terminal
 * @returns {Promise<{ exitCode: Promise<number> }>} once others can see that it runs
 */
async function startSupervisor(mode, detach, terminal) {
  mkdirSync(WORKSPACE, { recursive: true });
  // not this process's own, which would keep whoever reads it waiting for as long as the supervisor runs
  const errors = openSync(ERRORS, 'w');
  const child = spawn(process.execPath, [SUPERVISOR, mode, detach ? 'detached' : 'attached'], {
    cwd: CLONE,
    detached: true, // a Ctrl-C in the terminal is not for it: this process hears it, and asks it to stop
    stdio: [detach ? 'ignore' : 'pipe', 'pipe', errors],
  });
  closeSync(errors);
  let isReady = false;
  let isStopping = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (!isStopping) terminal.print('stopping everything that was started');
      isStopping = true;
      if (child.exitCode === null && child.signalCode === null) sendSignal(Number(child.pid), 'SIGTERM');
    });
  }
  /** @type {() => void} */
  let started = () => {};
  const visible = new Promise((resolve) => {
    started = () => resolve(undefined);
  });
  /** @type {Promise<number>} */
  const exitCode = new Promise((resolve) => {
    const ready = (/** @type {string[]} */ next) => {
      isReady = true;
      terminal.print(`\n${next.join('\n')}\n`);
      if (detach) resolve(0);
    };
    const followed = terminal.follow(/** @type {import('node:stream').Readable} */ (child.stdout), {
      hasLogs: !detach,
      started,
      ready,
    });
    child.once('close', async (code, signal) => {
      await followed;
      started();
      const crash = readFileSync(ERRORS, 'utf8').trim();
      if (signal || (code !== 0 && crash)) {
        const how = signal ?? `exit code ${code}`;
        terminal.fail(`the supervisor has ended with ${how}; \`npm run down\` ends what it has left\n${crash}`);
      }
      resolve(isStopping && !isReady ? INTERRUPTED : (code ?? 1));
    });
  });
  await visible;
  return { exitCode };
}

/** @param {Terminal} terminal @returns {Promise<number>} */
async function waitForOther(terminal) {
  let state = readRunningState();
  if (state?.phase === 'starting') terminal.print('it is being brought up already, waiting for it');
  while (state?.phase === 'starting') {
    await delay(100);
    state = readRunningState();
  }
  if (state?.phase !== 'ready') {
    terminal.fail('what was being brought up has ended; run `npm run up` again');
    return 1;
  }
  terminal.print(
    `It is up already, with the code as it was when it started. To run what has changed since: npm run down, then npm run up.\n\n${state.next.join('\n')}\n`,
  );
  return 0;
}
