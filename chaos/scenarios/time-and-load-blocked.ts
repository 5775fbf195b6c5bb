import { blockOnSigusr2, eventually, preload } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

/** Seconds. The heartbeat is 5 s, and whoever is silent for three of them is gone. */
const blocked = 20;
/** Deliveries that the process has in hand then. */
const inHand = 3;

const eventLoopBlocked: Scenario = {
  name: 'event-loop-blocked',
  family: 'time-and-load',
  does: `the event loop of one of two processes stands still for ${blocked} s, with deliveries in hand that the broker then gives to the other`,
  instances: 2,
  run: async (arena) => {
    const { instances, more, say } = arena;
    const processes = instances('warehouse');
    const [victim] = processes;
    if (!victim) throw new Error('there is no process of warehouse');
    await victim.stop();
    await victim.start(preload([blockOnSigusr2(blocked)]));
    await more(10);
    let from: readonly number[] = [];
    const taken = await whileLocked(arena, async () => {
      from = processes.map(({ position }) => position);
      const ids = await eventually(`${inHand} deliveries are in hand`, () => {
        const received = victim.steps({ step: 'received' }, from[0]).map(({ messageId }) => messageId);
        if (received.length < inHand) throw new Error(`${received.length} are`);
        return new Set(received);
      });
      victim.signal('SIGUSR2');
      return ids;
    });
    const lines = victim.position;
    say(`it stands still with ${taken.size} deliveries in hand`);
    await eventually(
      'the victim has lost its connection to the broker',
      () => {
        if (!victim.log.values.slice(lines).some(({ msg = '' }) => /connection to the broker .* was lost/.test(msg)))
          throw new Error('it has not');
      },
      (blocked + 30) * 1_000,
    );
    const twice = await eventually('what it had in hand was delivered again', () => {
      const again = processes.flatMap((process, at) =>
        process
          .steps({}, from[at])
          .filter(({ step, messageId }) => step === 'received' && taken.has(messageId))
          .map(({ messageId }) => messageId),
      );
      const count = again.length - new Set(again).size;
      if (count === 0) throw new Error('nothing was');
      return count;
    });
    say(`${twice} of them came twice`);
  },
};

/** Nobody can write to the inbox of warehouse meanwhile. */
async function whileLocked<Result>({ system }: Arena, work: () => Promise<Result>): Promise<Result> {
  await system.sql('warehouse', 'begin');
  try {
    await system.sql('warehouse', 'lock table inbox_message in share row exclusive mode');
    return await work();
  } finally {
    await system.sql('warehouse', 'rollback');
  }
}

export const blockedScenarios: readonly Scenario[] = [eventLoopBlocked];
