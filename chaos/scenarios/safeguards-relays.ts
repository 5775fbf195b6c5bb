import { eventually, type ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';
import { NackingProxy } from '../nacking-proxy';
import type { Scenario } from '../scenario';

/** Two processes that send the same message, because one of them stood still until its lease was over. */
export const relayScenarios: readonly Scenario[] = [
  {
    name: 'two-relays-one-message',
    family: 'time-and-load',
    does: 'a process that stood still finds its message confirmed, and the process that has sent it again meanwhile loses the broker',
    instances: 2,
    run: async (arena) => {
      const { broker, say } = arena;
      const [still, other] = twoProcesses(arena);
      const { messageId, from } = await sendTwice(arena, still, other);
      still.resume();
      await still.step({ step: 'settled', messageId, attempt: 1 });
      say('confirmed to the one, and sent once more by the other');
      await broker.kill();
      await other.step({ step: 'settled', messageId, attempt: 2 }, from);
      await broker.start();
    },
  },
  {
    name: 'late-nack',
    family: 'time-and-load',
    does: 'a process that stood still finds its message nacked, while another process has sent it again and waits for the confirm',
    instances: 2,
    run: async (arena) => {
      const { broker, system, say } = arena;
      const [still, other] = twoProcesses(arena);
      const { hostname, port } = new URL(broker.amqpUrl);
      const proxy = await NackingProxy.start({ host: hostname, port: Number(port) });
      await still.stop();
      const start = still.position;
      await still.start({ RABBITMQ_URL: proxy.through(system.brokerUrl('order')) });
      await still.step({ step: 'confirmed' }, start);
      proxy.wedge();
      const { messageId } = await sendTwice(arena, still, other);
      still.resume();
      const { step } = await still.step(
        (line) => line.messageId === messageId && (line.step === 'nacked' || line.step === 'confirmed'),
      );
      if (step !== 'nacked') throw new Error('The fault did not bite: the message was confirmed and not nacked');
      await still.step({ step: 'settled', messageId, attempt: 1 });
      const isLeased = await hasLease(arena, messageId);
      proxy.heal();
      await broker.resume();
      if (!isLeased) throw new Error('A message was set free that another process has sent and is waiting for');
      say('nacked to the one, and still in the hands of the other');
    },
  },
];

function twoProcesses({ instances }: Arena): readonly [ServiceProcess, ServiceProcess] {
  const [one, another] = instances('order');
  if (!one || !another) throw new Error('There are not two processes');
  return [one, another];
}

/**
 * One process has sent a message and stands still with the broker's answer unread; another has sent it again, and the broker stands still.
 * @returns from where in the other's log
 */
async function sendTwice(
  arena: Arena,
  still: ServiceProcess,
  other: ServiceProcess,
): Promise<{ readonly messageId: string; readonly from: number }> {
  const { broker, system } = arena;
  await broker.suspend();
  const { messageId = '' } = await still.step({ step: 'claimed', type: 'order.placed', attempt: 1 }, still.position);
  // Its log comes first: by the time that it answers, the message has been sent.
  await still.get('/health/live');
  still.suspend();
  await broker.resume();
  await Promise.any(arena.instances('payment').map((process) => process.step({ step: 'received', messageId })));
  await allConfirmed(arena);
  await broker.suspend();
  const from = other.position;
  await system.sql('order', 'update outbox_message set lease_until = clock_timestamp() where id = $1', [messageId]);
  await other.step({ step: 'claimed', messageId, attempt: 2 }, from);
  return { messageId, from };
}

/** A consumer may have a message before its publisher has the confirm. */
async function allConfirmed({ broker, system }: Arena): Promise<void> {
  await eventually('the broker has confirmed all that it has of the order service', async () => {
    const list = await broker.control(
      'list_channels',
      '-p',
      system.vhost.name,
      '--formatter',
      'json',
      'user',
      'messages_unconfirmed',
    );
    const channels = JSON.parse(list) as { user: string; messages_unconfirmed: number }[];
    const open = channels.filter(({ user, messages_unconfirmed }) => user === 'order' && messages_unconfirmed > 0);
    if (open.length > 0) throw new Error(`${open.length} channels wait`);
  });
}

async function hasLease({ system }: Arena, messageId: string): Promise<boolean> {
  const rows = await system.sql('order', 'select from outbox_message where id = $1 and lease_until is not null', [
    messageId,
  ]);
  return rows.length > 0;
}
