import { randomUUID } from 'node:crypto';
import { catalogue, type ServiceName, services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Options } from 'amqplib';
import { nested, oddHeaders, text } from '../../test/garbage';
import type { Scenario } from '../scenario';
import { awaitUnreadable, mark } from './messages-unreadable';

interface Garbage {
  readonly as: ServiceName;
  readonly queue: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
  /** Whether it has an id and a sender to be believed: then it is kept as what the message of that id is. */
  readonly isIdentified: boolean;
}

/** JSON that no event has as its payload. */
const nothing = text('null');

/** What a message of the right producer, with an id, can have wrong. */
const wrong: readonly [Buffer, Options.Publish][] = [
  [text('hello'), {}],
  [text(''), {}],
  [Buffer.from([0x22, 0xff, 0xfe, 0x22]), {}],
  [Buffer.alloc(100), {}],
  [nothing, {}],
  [nothing, { type: 'nobody.knows' }],
  [nothing, { type: undefined }],
  [nothing, { headers: undefined }],
  [nothing, { headers: oddHeaders }],
  [nothing, { headers: { version: '1', 'aggregate-id': 'a\u0000b' } }],
  [nothing, { correlationId: undefined, priority: 255, contentType: 'a/b', contentEncoding: 'gzip' }],
];

/** What has no id of use. */
const unnamed: readonly Options.Publish[] = [
  { messageId: undefined },
  { messageId: 'x'.repeat(255) },
  { messageId: 'a\u0000b' },
];

const wrongReceipts: readonly [Buffer, Options.Publish][] = [
  [text('hello'), {}],
  [text(''), {}],
  [Buffer.alloc(1_048_576), {}],
  [text('{"receipts":[]}'), {}],
  [nothing, { type: 'nobody.knows' }],
  [nothing, { headers: oddHeaders, messageId: undefined }],
];

const garbage: Scenario = {
  name: 'garbage',
  family: 'messages',
  does: 'what nobody can read comes into every queue, those of receipts among them, between the messages of the load',
  run: async (arena) => {
    const { system, expected, random, more, say } = arena;
    const all = random.shuffle([...workGarbage(), ...receiptsGarbage()]);
    for (const service of random.shuffle(services)) {
      const own = all.filter(({ as }) => as === service);
      await system.publishAll(
        service,
        own.map(({ queue, body, properties }) => ({
          exchange: 'waybill.direct',
          routingKey: system.queue(queue),
          body,
          properties: { ...properties, ...mark() },
        })),
      );
    }
    const identified = all.filter(({ isIdentified }) => isIdentified).length;
    expected.dead += identified;
    await awaitUnreadable(arena, all.length - identified);
    await eventually(
      `${identified} are dead letters`,
      async () => {
        const dead = await system.sql('order', `select from chaos.inbox where state = 'dead'`);
        if (dead.length !== identified) throw new Error(`${dead.length} are`);
      },
      120_000,
    );
    say(`${identified} are dead letters`);
    await more(10);
  },
};

function workGarbage(): Garbage[] {
  return catalogue.entries.flatMap(({ producer: as, event: { type, consumers } }) =>
    consumers.flatMap((consumer) => {
      const to = { as, queue: `${consumer}.${type.replace('.', '-')}` };
      const properties = (changes: Options.Publish): Options.Publish => ({
        messageId: randomUUID(),
        type,
        userId: as,
        correlationId: randomUUID(),
        priority: 2,
        persistent: true,
        headers: { version: 1, 'aggregate-id': randomUUID() },
        ...changes,
      });
      return [
        ...wrong.map(([body, changes]) => ({ ...to, body, properties: properties(changes), isIdentified: true })),
        ...unnamed.map((changes) => ({ ...to, body: nothing, properties: properties(changes), isIdentified: false })),
      ];
    }),
  );
}

function receiptsGarbage(): Garbage[] {
  return [...new Set(catalogue.entries.map(({ producer }) => producer))].flatMap((producer) => {
    const [consumer] = catalogue.producedBy(producer).flatMap(({ event }) => event.consumers);
    if (!consumer) return [];
    const to = { as: consumer, queue: `${producer}.receipts`, isIdentified: false };
    const properties = { messageId: randomUUID(), type: 'waybill.receipts', userId: consumer, persistent: true };
    return [...wrongReceipts, [nested, {}] as const].map(([body, changes]) => ({
      ...to,
      body,
      properties: { ...properties, ...changes },
    }));
  });
}

export const garbageScenarios: readonly Scenario[] = [garbage];
