import type { MessageStep } from '../../libs/messaging/src/message-step';
import { closeConnections, loseBindings, withSink } from './crash-points-broker';
import { park, refuseEffects, refuseLogins, replayDead, replayOne, takeLogins } from './crash-points-database';
import { countGarbage, sendAgain, sendGarbage } from './crash-points-messages';
import { type Provocation, type Victim, whileAlive } from './crash-points-victim';

/** Every message comes by. */
const byItself: Provocation = {};

/** The outcome of a publish: nobody knows which one it will be, so that every publish comes by before each. */
function outcome(provoke: (victim: Victim) => Promise<void>): Provocation {
  return {
    provoke: async (victim) => {
      if (victim.moment === 'after') await provoke(victim);
    },
  };
}

/**
 * How each step is brought about in one service, while the load goes on. A step that is missing here is one that nobody has attacked yet, and its
 * scenario fails.
 */
export const provocations: Readonly<Partial<Record<MessageStep, Provocation>>> = {
  recorded: byItself,
  claimed: byItself,
  confirmed: byItself,
  settled: byItself,
  received: byItself,
  processed: byItself,
  acked: byItself,
  'receipt-sent': byItself,
  'receipt-applied': byItself,
  returned: outcome((victim) => loseBindings(victim, ['events'])),
  nacked: outcome((victim) => withSink(victim, 'full', () => victim.process.ended())),
  'timed-out': outcome((victim) => withSink(victim, 'silent', () => victim.process.ended())),
  disconnected: outcome((victim) => withSink(victim, 'silent', () => closeConnections(victim))),
  // The broker confirms it because of the sink. `overdue` is all that can be said of it while it cannot be sent again either.
  overdue: { provoke: (victim) => withSink(victim, 'open', () => loseBindings(victim, ['events', 'direct'])) },
  redelivered: { provoke: (victim) => withSink(victim, 'open', () => loseBindings(victim, ['events'])) },
  parked: { provoke: park },
  duplicate: { provoke: (victim) => whileAlive(victim, () => sendAgain(victim)) },
  retrying: { provoke: refuseEffects },
  dead: { env: { MAX_ATTEMPTS: '1' }, provoke: refuseEffects, cleanUp: replayDead },
  replayed: {
    env: { MAX_ATTEMPTS: '1' },
    provoke: async (victim) => {
      await Promise.all([refuseEffects(victim), whileAlive(victim, () => replayOne(victim))]);
    },
    cleanUp: replayDead,
  },
  unreadable: { provoke: sendGarbage, cleanUp: countGarbage },
  'given-back': {
    provoke: async (victim) => {
      try {
        await whileAlive(victim, async () => {
          await refuseLogins(victim);
          await sendAgain(victim);
        });
      } finally {
        await takeLogins(victim);
      }
    },
  },
};
