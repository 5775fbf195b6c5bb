import type { ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

/** Two processes that send the same message, because one of them stood still until its lease was over. */
export const relayScenarios: readonly Scenario[] = [
  {
    name: 'two-relays-one-message',
    family: 'time-and-load',
    does: 'a process that stood still finds its message confirmed, and the process that has sent it again meanwhile loses the broker',
    instances: 2,
    run: async (arena) => {
      const { broker, system, say } = arena;
      const [still, other] = arena.instances('order');
      if (!still || !other) throw new Error('There are not two processes');
      const messageId = await sentAndStopped(arena, still);
      await broker.resume();
      await system.payment.step({ step: 'received', messageId });
      await broker.suspend();
      const from = other.position;
      await endLease(arena, messageId);
      await other.step({ step: 'claimed', messageId, attempt: 2 }, from);
      still.resume();
      await still.step({ step: 'settled', messageId, attempt: 1 });
      say('confirmed to the one, and sent once more by the other');
      await broker.kill();
      await other.step({ step: 'settled', messageId, attempt: 2 }, from);
      await broker.start();
    },
  },
];

/** The broker stands still, and so does the process, which has sent a message to it. @returns its id */
async function sentAndStopped({ broker }: Arena, process: ServiceProcess): Promise<string> {
  await broker.suspend();
  const { messageId = '' } = await process.step(
    { step: 'claimed', type: 'order.placed', attempt: 1 },
    process.position,
  );
  process.suspend();
  return messageId;
}

async function endLease({ system }: Arena, messageId: string): Promise<void> {
  await system.sql('order', 'update outbox_message set lease_until = clock_timestamp() where id = $1', [messageId]);
}
