import { catalogue, defineCatalogue, defineEvent, OrderPlaced } from '@waybill/contracts';
import { z } from 'zod';
import { Handlers } from '../libs/messaging/src/inbox/handlers';
import { messageSteps } from '../libs/messaging/src/message-step';
import type { MessagingOptions } from '../libs/messaging/src/messaging-options';
import { compile } from './compile';
import { blocksOf, read } from './markdown';

/** What these three pages show is one change, and is not in the repository. */
const walkThroughBlocks = ['docs/add-an-event.md', 'docs/add-a-consumer.md', 'docs/test-a-consumer.md'].flatMap(
  blocksOf,
);

test('docs/flow.md has every step of a message', () => {
  const flow = read('docs/flow.md');

  expect(messageSteps.filter((step) => !flow.includes(`**${step}**`))).toEqual([]);
});

/** The comment is an error itself where the next line is none. */
const wrongPayload = `import { type EventData, OrderPlaced, OrderReturned } from '@waybill/contracts';
import { Consume } from '@waybill/messaging';

export class WrongConsumer {
  // @ts-expect-error
  @Consume(OrderReturned)
  async restock(_data: EventData<typeof OrderPlaced>) {}
}
`;

/** The pages change the sample as it came. Where the catalogue is another by now, there is nothing to try them on. */
const asItCame = [
  'order.cancelled to payment, warehouse',
  'order.confirmed to payment, warehouse',
  'order.placed to payment, warehouse',
  'payment.authorized to order',
  'payment.capture-failed to order',
  'payment.captured to order',
  'payment.declined to order',
  'shipment.dispatched to order',
  'stock.rejected to order',
  'stock.reserved to order',
];
const events = catalogue.entries.map(({ event }) => `${event.type} to ${[...event.consumers].sort().join(', ')}`);
const isAsItCame = events.sort().join() === asItCame.join();

(isAsItCame ? test : test.skip)(
  'the pages that add an event, a consumer and its test: their code compiles, and a handler of another payload does not',
  () => {
    const sources = new Map(
      walkThroughBlocks.filter(({ kind }) => kind === 'file').map(({ detail, text }) => [detail, text]),
    );
    for (const { kind, detail, text } of walkThroughBlocks) {
      const [, file = '', before = ''] = (kind === 'in' && /^(\S+), instead of: (.*)$/.exec(detail)) || [];
      const source = sources.get(file) ?? (file && read(file));
      if (kind === 'in') sources.set(file, changed(file, source, before, text.trimEnd()));
      const of = kind === 'line' && detail.replace(/^of: /, '');
      if (of) sources.set(of, `${text}${sources.get(of) ?? read(of)}`);
    }

    sources.set('apps/warehouse/src/consumers/wrong.consumer.ts', wrongPayload);

    expect(sources.size).toBeGreaterThan(8);
    expect(compile(sources)).toEqual([]);
  },
  120_000,
);

test('a service without a handler for its event says what docs/add-an-event.md shows', () => {
  const returned = defineEvent({
    type: 'order.returned',
    version: 1,
    consumers: ['warehouse'],
    schema: z.object({ orderId: z.uuid() }),
    aggregate: (data) => data.orderId,
  });
  const catalogue = defineCatalogue({ order: [returned, OrderPlaced] });
  const handlers = new Handlers({ service: 'warehouse', catalogue } as MessagingOptions);
  const [shown] = blocksOf('docs/add-an-event.md').filter(({ kind }) => kind === 'shows');
  const placed = { [OrderPlaced.type]: Object.assign(async () => undefined, { extras: {} }) };

  expect(() => handlers.register(new Map(Object.entries(placed)) as never)).toThrow(shown?.text.trimEnd());
});

/** Replaces what a page shows. In a list, of which other items may have been added since, only what the page adds to it. */
function changed(file: string, source: string, before: string, after: string): string {
  const [list, older, newer] = [/^ *\w+: \[/.exec(before)?.[0], itemsOf(before), itemsOf(after)];
  const place = list && newer.length > older.length ? source.split(list).length - 1 : 0;
  if (list && place === 1 && !source.includes(before)) {
    return source.replace(list, `${list}${newer.filter((item) => !older.includes(item)).join(', ')}, `);
  }
  const hint = `the pages under docs/ change "${before}" in this file: where you have changed it, change the page too`;
  expect({ file, times: source.split(before).length - 1, hint }).toEqual({ file, times: 1, hint });
  return source.replace(before, after);
}

function itemsOf(list: string): string[] {
  return (/\[(.*)\]/.exec(list)?.[1] ?? '').split(', ');
}
