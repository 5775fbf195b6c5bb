import { setTimeout as pause } from 'node:timers/promises';
import { LogWatch } from '../log-watch';
import type { Scenario } from '../scenario';

const times = 3;

/** Milliseconds: several attempts. */
const shortest = 3_000;
const longest = 10_000;

export const gatewayScenarios: readonly Scenario[] = [
  {
    name: 'gateway-away',
    family: 'messages',
    does: `the payment gateway is killed ${times} times, while it is to authorise, to capture and to give back`,
    // Enough attempts for all the time that it is away: a charge that nobody could ask about is a person's business.
    env: { PAYMENT_MAX_ATTEMPTS: '50' },
    run: async (arena) => {
      const { foreign, more, random, say } = arena;
      for (let turn = 1; turn <= times; turn++) {
        await more(random.between(10, 40));
        const watch = new LogWatch(arena);
        await foreign.kill();
        await Promise.all(retried.map((type) => watch.saidByOne(type, 60_000)));
        await pause(random.between(shortest, longest));
        await foreign.start();
        say(`killed (${turn}) while ${watch.count('payment', /"step":"retrying"/)} attempts were made`);
      }
      await more(20);
    },
  },
];

/** Each asks something of the gateway. */
const retried = ['order.placed', 'order.cancelled'].map(
  (type) => new RegExp(`"service":"payment".*"step":"retrying".*"type":"${type}"`),
);
