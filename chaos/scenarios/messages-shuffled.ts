import { catalogue } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Channel, ConsumeMessage } from 'amqplib';
import { type Arena, everyProcess } from '../arena';
import type { Scenario } from '../scenario';
import { queueOf, recorded, sendAgain } from './messages-recorded';

/** Where messages go on from the queues that hold them: to the queue that their dead-letter key names. */
const released = 'chaos.released';
const eventsExchange = 'waybill.events';

const windows = 8;
/** Deliveries that are held before they go on: least and most. */
const held = [15, 60] as const;
/** Messages of the past that come again. */
const again = 60;

const shuffledOrder: Scenario = {
  name: 'shuffled-order',
  family: 'messages',
  does: 'deliveries are held back and go on in another order, cancels before their orders among them; then old messages come again',
  // A message that is held is late, and not to be sent again: its consumer would bind its queue anew.
  env: { OVERDUE_AFTER: '60s' },
  run: async (arena) => {
    const { random, say } = arena;
    const holder = new Holder(arena, await arena.system.vhost.channel());
    let overtaken = 0;
    try {
      await holder.divert();
      for (let window = 1; window <= windows; window++) overtaken += await holder.release(random.between(...held));
    } finally {
      await holder.end();
    }
    if (overtaken === 0) throw new Error('no message has overtaken another about the same');
    say(`${overtaken} times a message came to a consumer before an older one about the same`);
    await comeAgain(arena);
  },
};

/** Holds what comes for every consumer, in a queue before its own. */
class Holder {
  private readonly taken: { queue: string; message: ConsumeMessage }[] = [];
  private readonly ways: readonly { queue: string; type: string }[];
  private isEnding = false;

  constructor(
    private readonly arena: Arena,
    private readonly channel: Channel,
  ) {
    this.ways = catalogue.entries.flatMap(({ event: { type, consumers } }) =>
      consumers.map((consumer) => ({ queue: queueOf(arena, consumer, type), type })),
    );
  }

  async divert(): Promise<void> {
    await this.channel.assertExchange(released, 'direct');
    for (const { queue, type } of this.ways) {
      await this.channel.bindQueue(queue, released, queue);
      await this.channel.assertQueue(holding(queue), { deadLetterExchange: released, deadLetterRoutingKey: queue });
      await this.channel.bindQueue(holding(queue), eventsExchange, type);
      await this.arena.system.vhost.deleteBinding(eventsExchange, queue, type);
      await this.channel.consume(holding(queue), (message) => message && this.take(queue, message));
    }
  }

  /** Lets go, in any order, what is held once it is so many. @returns how many overtook an older one of the same aggregate */
  async release(count: number): Promise<number> {
    await eventually(
      `${count} deliveries are held`,
      () => {
        if (this.taken.length < count) throw new Error(`${this.taken.length} are`);
      },
      120_000,
    );
    const going = this.arena.random.shuffle(this.taken.splice(0));
    for (const { message } of going) this.channel.nack(message, false, false);
    const subjects = going.map(({ queue, message: { properties } }) => ({
      // The ids of messages are in the order in which they were made.
      id: String(properties.messageId),
      of: `${queue.split('.')[0]} ${properties.headers?.['aggregate-id']}`,
    }));
    return subjects.filter(({ id, of }, at) => subjects.slice(at + 1).some((later) => later.of === of && later.id < id))
      .length;
  }

  /** As it was: nothing is held any more, and nothing of it is left at the broker. */
  async end(): Promise<void> {
    for (const { queue, type } of this.ways) {
      await this.channel.bindQueue(queue, eventsExchange, type);
      await this.channel.unbindQueue(holding(queue), eventsExchange, type);
    }
    this.isEnding = true;
    for (const { message } of this.taken.splice(0)) this.channel.nack(message, false, false);
    for (const { queue } of this.ways) {
      await eventually(`${holding(queue)} is empty`, async () => {
        const state = (await this.arena.system.vhost.manage(
          'GET',
          `queues/${this.arena.system.vhost.name}/${holding(queue)}`,
        )) as { messages?: number };
        if (state.messages !== 0) throw new Error(`${state.messages} are left`);
      });
      await this.channel.deleteQueue(holding(queue));
    }
    await this.channel.deleteExchange(released);
    await this.channel.close();
  }

  private take(queue: string, message: ConsumeMessage): void {
    if (this.isEnding) this.channel.nack(message, false, false);
    else this.taken.push({ queue, message });
  }
}

function holding(queue: string): string {
  return `chaos.${queue}`;
}

/** Sends messages again that everybody is done with, the newest first. */
async function comeAgain(arena: Arena): Promise<void> {
  const { random, say } = arena;
  const processes = everyProcess(arena);
  const from = processes.map(({ position }) => position);
  const old = random.shuffle(await recorded(arena, 'finished_at is not null')).slice(0, again);
  await sendAgain(
    arena,
    old.sort((a, b) => (a.id < b.id ? 1 : -1)),
  );
  await eventually(
    'they are told from new ones',
    () => {
      const ids = new Set(
        processes.flatMap((process, at) =>
          process.steps({ step: 'duplicate' }, from[at]).map(({ messageId }) => messageId),
        ),
      );
      const missing = old.filter(({ id }) => !ids.has(id)).length;
      if (missing > 0) throw new Error(`${missing} are not yet`);
    },
    120_000,
  );
  say(`${old.length} messages of the past came again, newest first, and changed nothing`);
}

export const shuffledScenarios: readonly Scenario[] = [shuffledOrder];
