import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceName } from '@waybill/contracts';
import type { ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';

/** Milliseconds. */
const betweenTries = 200;

/** A service that is to die at one step. */
export interface Victim {
  readonly arena: Arena;
  readonly service: ServiceName;
  readonly process: ServiceProcess;
  readonly moment: 'before' | 'after';
}

/** What makes a service take a step that a message does not take by itself. */
export interface Provocation {
  /** Of the process that is to die. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as soon as the process does, and must end, with everything undone, when it is dead. Absent: the load is enough. */
  readonly provoke?: (victim: Victim) => Promise<void>;
  /** Once the service runs again and dies no more. */
  readonly cleanUp?: (victim: Victim) => Promise<void>;
}

/** Does it again and again while the process lives. */
export async function whileAlive({ process }: Victim, act: () => Promise<unknown>): Promise<void> {
  while (process.isRunning) {
    await act();
    await Promise.race([process.ended(), pause(betweenTries)]);
  }
}
