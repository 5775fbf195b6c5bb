import { eventually, type LogLine, type ServiceProcess, type System } from '@waybill/testing';
import { type Arena, everyProcess } from '../arena';

// What the broker and the logs show of a fault: a fault that has done no harm has shown nothing.

/** Of a process: one to publish, one to consume. */
export const connectionsEach = 2;

/** @throws Error that says what was to be seen and was not. */
export function mustBite(bitten: boolean, what: string): void {
  if (!bitten) throw new Error(`The fault did not bite: ${what}`);
}

/** Where each process's log stands now. */
export function positions(arena: Arena): readonly number[] {
  return everyProcess(arena).map(({ position }) => position);
}

/** Resolves when every process has lost a connection to the broker since then. */
export async function allCutOff(arena: Arena, since: readonly number[]): Promise<void> {
  await Promise.all(
    everyProcess(arena).map((process, at) => process.line(/^Broker connection .*: connecting: .*was lost/, since[at])),
  );
}

/** The broker is healed: resolves when every process has had a connection to it since then. */
export async function allBack(arena: Arena, since: readonly number[]): Promise<void> {
  arena.healed();
  await Promise.all(
    everyProcess(arena).map((process, at) => process.line(/^Broker connection .*: connected/, since[at])),
  );
}

/** The publishes of all processes since then that ended without an answer of the broker's. */
export function unanswered(arena: Arena, since: readonly number[]): readonly LogLine[] {
  return everyProcess(arena).flatMap((process, at) => [
    ...process.steps({ step: 'timed-out' }, since[at]),
    ...process.steps({ step: 'disconnected' }, since[at]),
  ]);
}

/** Messages that are ready in a queue: neither the management plugin's numbers, which are five seconds old, nor those that a consumer has. */
export async function readyIn({ vhost }: System, queue: string): Promise<number> {
  const channel = await vhost.channel();
  const { messageCount } = await channel.checkQueue(queue);
  await channel.close();
  return messageCount;
}

/** It stands still, and the broker has taken back what it had given it, until `resume`. */
export async function cutOff({ system }: Arena, process: ServiceProcess): Promise<void> {
  process.suspend();
  await system.vhost.dropConnections(process.name);
}

/** @returns how many there are, once there are so many */
export async function waitForMessages({ system }: Arena, queue: string, least: number): Promise<number> {
  return await eventually(`${least} messages wait in ${queue}`, async () => {
    const ready = await readyIn(system, queue);
    if (ready < least) throw new Error(`there are ${ready}`);
    return ready;
  });
}

/** The connections of all processes, by names that no other connection ever has. Waits until the broker lists them, which takes seconds. */
export async function connectionsOf(arena: Arena): Promise<readonly string[]> {
  const { vhost } = arena.system;
  const wanted = connectionsEach * everyProcess(arena).length;
  return await eventually(`the broker lists ${wanted} connections`, async () => {
    const all = (await vhost.manage('GET', `vhosts/${vhost.name}/connections`)) as { name: string; user: string }[];
    const ours = all.filter(({ user }) => user !== vhost.admin);
    if (ours.length !== wanted) throw new Error(`it lists ${ours.length}`);
    return ours.map(({ name }) => name).sort();
  });
}
