import { setTimeout as pause } from 'node:timers/promises';
import { everyProcess } from '../arena';
import type { Scenario } from '../scenario';

/** Milliseconds for which somebody is away, and between two harms: from nothing to more than a reconnect takes. */
const longest = 5_000;

const randomKills: Scenario = {
  name: 'random-kills',
  family: 'time-and-load',
  does: 'two processes of every service; for some minutes now one is killed, now two, now the broker or Postgres with them, and started again',
  instances: 2,
  recoversWithin: 120,
  run: async (arena) => {
    const { broker, postgres, random, more, say, pace } = arena;
    const end = performance.now() + pace.minutes * 60_000;
    const kills = { process: 0, broker: 0, postgres: 0 };
    while (performance.now() < end) {
      const victims = random.shuffle(everyProcess(arena)).slice(0, random.pick([1, 1, 2]));
      const server = random.pick(['none', 'none', 'none', 'none', 'broker', 'postgres']);
      await Promise.all(victims.map((victim) => victim.kill()));
      kills.process += victims.length;
      if (server === 'broker') {
        await broker.kill();
        kills.broker++;
      }
      await pause(random.between(0, longest));
      if (server === 'broker') await broker.start();
      if (server === 'postgres') {
        await postgres.restartImmediate();
        kills.postgres++;
      }
      await Promise.all(victims.map((victim) => victim.start()));
      await pause(random.between(0, longest));
    }
    say(`${kills.process} kills of processes, ${kills.broker} of the broker, ${kills.postgres} of Postgres`);
    await more(10);
  },
};

export const killScenarios: readonly Scenario[] = [randomKills];
