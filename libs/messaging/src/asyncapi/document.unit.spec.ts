import { type AsyncAPIDocumentInterface, Parser } from '@asyncapi/parser';
import {
  type Catalogue,
  catalogue,
  defineCatalogue,
  defineEvent,
  type ServiceName,
  services,
} from '@waybill/contracts';
import { z } from 'zod';
import { type QueueType, topologyOf } from '../broker/topology';
import { asyncApiDocument } from './document';

const Named = z.object({ sku: z.string() }).meta({ id: 'Named' });
const Tree: z.ZodType = z.object({ leaf: Named, branches: z.lazy(() => z.array(Tree)) });

const sample = defineCatalogue({
  order: [event('order.placed', 3, ['payment', 'warehouse'], Tree)],
  payment: [event('payment.authorized', 1, ['order']), event('order.receipts', 1, ['warehouse'])],
});

function event(
  type: string,
  version: number,
  consumers: ServiceName[],
  schema: z.ZodType = z.object({ id: z.uuid() }),
) {
  return defineEvent({ type, version, consumers, schema, aggregate: () => 'id' });
}

describe.each<[string, Catalogue, QueueType]>([
  ['the events of this repository', catalogue, 'quorum'],
  ['other events', sample, 'quorum'],
  ['classic queues', sample, 'classic'],
  ['no event', defineCatalogue({}), 'quorum'],
])('the document of %s', (_what, events, queueType) => {
  const suffix = queueType === 'classic' ? '.classic' : '';
  let document: AsyncAPIDocumentInterface;

  beforeAll(async () => {
    const parsed = await new Parser().parse(JSON.stringify(asyncApiDocument(events, queueType)));

    expect(parsed.diagnostics).toEqual([]);
    if (!parsed.document) throw new Error('no document, and no diagnostics');
    document = parsed.document;
  });

  test('is AsyncAPI 3.1', () => {
    expect(document.version()).toBe('3.1.0');
  });

  test('names every event, its version, who sends it, and who signs for it', () => {
    const described = document.components().messages().all();
    const told = described.map((message) => [
      message.name(),
      ...['x-version', 'x-producer', 'x-consumers'].map((key) => message.extensions().get(key)?.value()),
    ]);

    expect(told).toEqual([
      ...events.entries.map(({ producer, event: { type, version, consumers } }) => [
        type,
        version,
        producer,
        consumers,
      ]),
      ['waybill.receipts', undefined, undefined, undefined],
    ]);
  });

  test('has what each service sends and receives, and through which exchange or queue, and nothing else', () => {
    const expected = events.entries.flatMap(({ producer, event: { type, consumers } }) => [
      `${producer} sends ${type} to waybill.events ${type}`,
      ...consumers.flatMap((consumer) => {
        const queue = `${consumer}.${type.split('.').join('-')}${suffix}`;
        return [`${producer} sends ${type} to ${queue}`, `${consumer} receives ${type} from ${queue}`];
      }),
    ]);
    for (const service of services) {
      const queue = `${service}.receipts${suffix}`;
      const consumers = events.producedBy(service).flatMap(({ event }) => event.consumers);
      expected.push(`${service} receives waybill.receipts from ${queue}`);
      expected.push(...[...new Set(consumers)].map((name) => `${name} sends waybill.receipts to ${queue}`));
    }

    expect(told(document).sort()).toEqual(expected.sort());
  });

  test('has every queue as it stands on the broker', () => {
    const queues = document
      .channels()
      .all()
      .flatMap((channel) => {
        const { is, queue } = channel.bindings().get('amqp')?.value() ?? {};
        if (is !== 'queue') return [];
        const [queueArguments, bindings] = ['x-queue-arguments', 'x-queue-bindings'].map((key) =>
          channel.extensions().get(key)?.value(),
        );
        return [{ name: queue.name, arguments: queueArguments, bindings }];
      });

    expect(queues).toEqual(topologyOf(events, queueType).queues);
  });
});

test('a message has its payload, its headers and its properties', async () => {
  const { components } = asyncApiDocument(sample, 'quorum');

  expect(components.schemas['payment.authorized']).toEqual({
    type: 'object',
    properties: { id: { type: 'string', format: 'uuid', pattern: expect.any(String) } },
    required: ['id'],
  });
  expect(components.messages['order.placed']).toMatchObject({
    payload: { $ref: '#/components/schemas/order.placed' },
    headers: { required: ['version', 'aggregate-id'], properties: { version: { const: 3 }, 'causation-id': {} } },
    'x-amqp-properties': {
      required: ['message-id', 'correlation-id', 'type', 'user-id'],
      properties: {
        type: { const: 'order.placed' },
        'user-id': { enum: ['order'] },
        priority: { minimum: 0, maximum: 4 },
      },
    },
  });
  expect(components.schemas['waybill.receipts']).toMatchObject({
    properties: { receipts: { items: { required: expect.arrayContaining(['messageId', 'state', 'attempt']) } } },
  });
});

test('a schema that refers to parts of itself does so in its place in the document', () => {
  const schema = JSON.stringify(asyncApiDocument(sample, 'quorum').components.schemas['order.placed']);
  const references = [...schema.matchAll(/"\$ref":"(.*?)"/g)].map(([, reference]) => reference);

  expect(new Set(references)).toEqual(
    new Set(['#/components/schemas/order.placed', '#/components/schemas/order.placed/definitions/Named']),
  );
});

/** Every operation in a line. */
function told(document: AsyncAPIDocumentInterface): string[] {
  return document
    .operations()
    .all()
    .flatMap((operation) => {
      const who = operation.tags().all()[0]?.name();
      const [does, where] = operation.action() === 'send' ? ['sends', 'to'] : ['receives', 'from'];
      const what = operation
        .messages()
        .all()
        .map((message) => message.name());
      return operation
        .channels()
        .all()
        .map((channel) => {
          const { is, exchange, queue } = channel.bindings().get('amqp')?.value() ?? {};
          const address = is === 'queue' ? queue.name : `${exchange.name} ${channel.address()}`;
          return `${who} ${does} ${what} ${where} ${address}`;
        });
    });
}
