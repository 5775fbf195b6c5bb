import type { Scenario } from '../scenario';

export const brokerScenarios: readonly Scenario[] = [
  {
    name: 'broker-restarted',
    family: 'broker',
    does: 'the broker is stopped and started, twice',
    run: async ({ broker, more, say }) => {
      for (let turn = 1; turn <= 2; turn++) {
        await broker.stop();
        say(`stopped (${turn})`);
        await more(10);
        await broker.start();
        say('started');
        await more(10);
      }
    },
  },
  {
    name: 'broker-killed',
    family: 'broker',
    does: 'kill -9 of the broker, three times',
    isShort: true,
    run: async ({ broker, more, random, say }) => {
      for (let turn = 1; turn <= 3; turn++) {
        await more(random.between(1, 15));
        await broker.kill();
        say(`killed (${turn})`);
        await more(random.between(1, 15));
        await broker.start();
        say('started');
      }
    },
  },
];
