import type { ServiceName } from '@waybill/contracts';
import type { MessageStep } from '../../libs/messaging/src/message-step';
import type { Arena } from '../arena';
import { hurry } from '../hurry';
import { provocations } from './crash-points-provocations';
import type { Provocation, Victim } from './crash-points-victim';

/** Milliseconds. A process that has not come to its point by then never will. */
const patience = 180_000;

interface Attack {
  readonly arena: Arena;
  readonly service: ServiceName;
  /** Another service's attack has failed, so that this one need not go on. */
  readonly isOver: AbortSignal;
  /** `nth`: which time of coming by is the last, where messages come by of themselves. */
  readonly points: readonly { readonly step: MessageStep; readonly nth: number }[];
}

/** Lets one service be killed before and after each of its points, and start after that without. @throws Error when it was not */
export async function attack({ arena, service, points, isOver }: Attack): Promise<void> {
  const victim = { arena, service, process: arena.system[service] };
  await victim.process.kill();
  for (const { step, nth } of points) {
    if (isOver.aborted) return;
    const provocation = provocations[step];
    if (!provocation) throw new Error(`Nothing brings "${step}" about: say what does in crash-points-provocations.ts`);
    const times = provocation.provoke ? '' : `:${nth}`;
    for (const moment of ['before', 'after'] as const) {
      await dieAt(`${moment}:${step}${times}`, { ...victim, moment }, provocation);
    }
    arena.say(`${service} was killed before and after ${step}${times}`);
  }
  await hurry(arena.system, service);
  await victim.process.start();
  for (const { step } of points) await provocations[step]?.cleanUp?.({ ...victim, moment: 'after' });
}

async function dieAt(point: string, victim: Victim, { env, provoke }: Provocation): Promise<void> {
  const { arena, service, process } = victim;
  await hurry(arena.system, service);
  await process.start({ CRASH_AT: point, ...env });
  let came = true;
  const timer = setTimeout(() => {
    came = false;
    void process.kill();
  }, patience);
  try {
    const [how] = await Promise.all([process.ended(), provoke?.(victim)]);
    if (how !== 'SIGKILL') throw new Error(`${service} ended with ${how} on its way to ${point}`);
  } finally {
    clearTimeout(timer);
  }
  if (!came) throw new Error(`${service} did not come to ${point} within ${patience} ms`);
}
