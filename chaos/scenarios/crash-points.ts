import { services } from '@waybill/contracts';
import { type MessageStep, messageSteps } from '../../libs/messaging/src/message-step';
import type { Arena } from '../arena';
import { hurry } from '../hurry';
import type { Scenario } from '../scenario';
import { attack } from './crash-points-attack';

/** Requests a second: enough for every step to come by, and little beside the starts of processes. */
const rate = 2;

/** Every step: kill -9 before it and after it, in every service. */
const single = messageSteps.map(
  (step): Scenario => ({
    name: `crash-at-${step}`,
    family: 'crash-points',
    does: `kill -9 of every service right before and right after "${step}"`,
    rate,
    run: (arena) => crash(arena, () => [step]),
  }),
);

/**
 * For the short form: several steps in one system, because a system of its own for each takes longer than all that is done to it, and each step
 * in one of the services, by the seed. Each service goes through its points at its own pace, so that while one is killed at one step the others
 * are at any other.
 */
export const rounds: Readonly<Record<string, readonly MessageStep[]>> = {
  way: [
    'recorded',
    'claimed',
    'confirmed',
    'settled',
    'received',
    'processed',
    'acked',
    'receipt-sent',
    'receipt-applied',
  ],
  outbox: ['returned', 'nacked', 'timed-out', 'disconnected', 'parked', 'overdue', 'redelivered'],
  inbox: ['duplicate', 'retrying', 'dead', 'replayed', 'unreadable', 'given-back'],
};

const together = Object.entries(rounds).map(
  ([name, steps]): Scenario => ({
    name: `crash-points-${name}`,
    family: 'crash-points',
    does: `kill -9 of one of the services each, right before and right after ${steps.join(', ')}`,
    isShort: true,
    rate,
    run: (arena) => {
      const shuffled = arena.random.shuffle(steps);
      return crash(arena, (index) => shuffled.filter((_, at) => at % services.length === index));
    },
  }),
);

export const crashPointScenarios: readonly Scenario[] = [...together, ...single];

/**
 * @param stepsOf for the index of each service
 * @throws Error when a service was not killed at one of its points.
 */
async function crash(arena: Arena, stepsOf: (index: number) => readonly MessageStep[]): Promise<void> {
  const over = new AbortController();
  const tasks = services.map((service, index) => {
    const points = stepsOf(index).map((step) => ({ step, nth: arena.random.between(1, 3) }));
    return attack({ arena, service, points, isOver: over.signal }).catch((error) => {
      over.abort();
      throw error;
    });
  });
  // All of them, so that nothing starts any more when this ends.
  const ends = await Promise.allSettled(tasks);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  for (const service of services) await hurry(arena.system, service);
}
