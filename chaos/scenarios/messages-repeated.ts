import { services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Scenario } from '../scenario';
import { sendAgain, whileWaiting } from './messages-recorded';

const copies = 50;

const fiftyTimes: Scenario = {
  name: 'same-message-fifty-times',
  family: 'messages',
  does: `two processes of each service are given the same message ${copies} times at once, which neither has seen; one of each type`,
  instances: 2,
  run: async (arena) => {
    const { random, instances, more, say } = arena;
    for (const consumer of random.shuffle(services)) {
      const from = instances(consumer).map(({ position }) => position);
      const ids = new Set<string>();
      await whileWaiting(arena, consumer, async (waiting) => {
        for (const { id } of waiting) ids.add(id);
        await sendAgain(
          arena,
          waiting.flatMap((message) => Array.from({ length: copies - 1 }, () => message)),
        );
      });
      const absorbed = await eventually(
        `${consumer} has absorbed all copies`,
        () => {
          const duplicates = instances(consumer).map((process, at) =>
            process.steps({ step: 'duplicate' }, from[at]).filter(({ messageId = '' }) => ids.has(messageId)),
          );
          const missing = ids.size * (copies - 1) - duplicates.flat().length;
          if (missing > 0) throw new Error(`${missing} are missing`);
          return duplicates.map(({ length }) => length);
        },
        180_000,
      );
      say(`${consumer}: ${ids.size} messages, ${absorbed.join(' and ')} copies absorbed by its processes`);
      await more(5);
    }
  },
};

export const repeatedScenarios: readonly Scenario[] = [fiftyTimes];
