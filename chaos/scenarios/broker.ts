import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario';
import { allBack, allCutOff, mustBite, positions, unanswered } from './broker-sight';

/** Milliseconds: longer than three heartbeats of five seconds, after which a client takes the broker for dead. */
const frozenFor = 20_000;

export const brokerScenarios: readonly Scenario[] = [
  {
    name: 'broker-restarted',
    family: 'broker',
    does: 'the broker is stopped and started, twice',
    run: async (arena) => {
      const { broker, more, say } = arena;
      for (let turn = 1; turn <= 2; turn++) {
        const from = positions(arena);
        await broker.stop();
        await allCutOff(arena, from);
        say(`stopped (${turn})`);
        await more(10);
        await broker.start();
        await allBack(arena, from);
        say('started');
        await more(10);
      }
    },
  },
  {
    name: 'broker-killed',
    family: 'broker',
    does: 'kill -9 of the broker, twice',
    isShort: true,
    run: async (arena) => {
      const { broker, more, random, say } = arena;
      for (let turn = 1; turn <= 2; turn++) {
        await more(random.between(1, 15));
        const from = positions(arena);
        await broker.kill();
        await allCutOff(arena, from);
        say(`killed (${turn})`);
        await more(random.between(1, 15));
        await broker.start();
        await allBack(arena, from);
        say('started');
      }
    },
  },
  {
    name: 'broker-frozen',
    family: 'broker',
    does: 'the broker keeps its connections and answers nothing for 20 s (SIGSTOP)',
    run: async (arena) => {
      const { broker, load, more, say } = arena;
      const from = positions(arena);
      const placed = load.placed;
      await broker.suspend();
      say('frozen');
      try {
        await pause(frozenFor);
        await allCutOff(arena, from);
      } finally {
        await broker.resume();
      }
      mustBite(unanswered(arena, from).length > 0, 'every publish had its answer');
      say(`${load.placed - placed} requests answered meanwhile, ${unanswered(arena, from).length} publishes were not`);
      await more(10);
    },
  },
];
