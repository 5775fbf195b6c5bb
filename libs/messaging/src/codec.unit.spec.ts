import { type CatalogueEntry, defineEvent } from '@waybill/contracts';
import { z } from 'zod';
import { decode, encode, type ReceivedMessage } from './codec';
import type { Envelope } from './envelope';

const event = defineEvent({
  type: 'order.placed',
  version: 2,
  consumers: ['payment'],
  schema: z.strictObject({
    orderId: z.string(),
    total: z.int().default(0),
    url: z
      .string()
      .refine((value) => new URL(value).hostname !== '')
      .optional(),
  }),
  aggregate: (data) => data.orderId,
});
const entry: CatalogueEntry = { producer: 'order', event };

const envelope: Envelope = {
  messageId: '0198c0de-0000-7000-8000-000000000001',
  type: 'order.placed',
  version: 2,
  producer: 'order',
  priority: 3,
  correlationId: 'order-1',
  causationId: '0198c0de-0000-7000-8000-000000000002',
  aggregateId: 'order-1',
  aggregateVersion: 4,
};

const body = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

function received(properties: Record<string, unknown> = {}, content: unknown = { orderId: 'order-1', total: 5 }) {
  const { messageId, type, priority, correlationId, headers } = encode(envelope, '', 'waybill.events', 'order.placed');
  const message: ReceivedMessage = {
    properties: { messageId, type, priority, correlationId, headers, userId: 'order', ...properties },
    body: Buffer.isBuffer(content) ? content : body(content),
  };
  return decode(message, entry);
}

const withHeader = (name: string, value: unknown) =>
  received({ headers: { version: 2, 'aggregate-id': 'order-1', [name]: value } });

describe('a message', () => {
  it('comes out as it went in', () => {
    expect(received()).toEqual({ kind: 'readable', envelope, data: { orderId: 'order-1', total: 5 } });
  });

  it('gets the defaults of its schema', () => {
    expect(received({}, { orderId: 'order-1' })).toMatchObject({ data: { orderId: 'order-1', total: 0 } });
  });

  it('may do without a causation and an aggregate version', () => {
    const reading = received({ headers: { version: 1, 'aggregate-id': 'order-1' } });

    expect(reading).toMatchObject({ kind: 'readable', envelope: { version: 1, causationId: undefined } });
  });

  it.each([undefined, 7, -1, 'urgent'])('counts the priority %p as normal', (priority) => {
    expect(received({ priority })).toMatchObject({ kind: 'readable', envelope: { priority: 2 } });
  });

  it('of a newer version waits for a build that knows it', () => {
    const reading = withHeader('version', 3);

    expect(reading).toMatchObject({ kind: 'newer', envelope: { version: 3 } });
    expect(reading).toHaveProperty('reason', expect.stringContaining('version 3 is newer than 2'));
  });
});

describe('nothing is believed of a message', () => {
  it.each([undefined, '', '42', 'not-a-uuid', 42])('with the id %p', (messageId) => {
    expect(received({ messageId })).toEqual({
      kind: 'unidentified',
      reason: 'the message id is missing or is not a uuid',
    });
  });

  it.each([
    ['payment', 'not by "payment"'],
    ['', 'not by ""'],
    [undefined, 'not by a sender without user-id'],
  ])('from %p', (userId, expected) => {
    expect(received({ userId })).toEqual({ kind: 'unidentified', reason: expect.stringContaining(expected) });
  });
});

describe('a message breaks its contract', () => {
  it.each<[string, ReturnType<typeof received>, string]>([
    ['by another type', received({ type: 'order.lost' }), 'the type is not order.placed'],
    ['without headers', received({ headers: undefined }), 'the header breaks its contract: version'],
    ['by a version of 0', withHeader('version', 0), 'version: Too small'],
    ['by a version beyond what Postgres counts', withHeader('version', 3_000_000_000), 'version: Too big'],
    ['by NUL in the aggregate id', withHeader('aggregate-id', 'a\u0000b'), 'aggregate-id: must not contain NUL'],
    ['by a causation id that is none', withHeader('causation-id', 'x'), 'causation-id: Invalid UUID'],
    ['without a correlation id', received({ correlationId: undefined }), 'the correlation id breaks its contract'],
    ['by no bytes', received({}, Buffer.alloc(0)), 'the body (0 bytes) is not JSON in UTF-8'],
    ['by half a document', received({}, '{"orderId": '), 'is not JSON in UTF-8'],
    ['by bytes that are not UTF-8', received({}, Buffer.from([0x22, 0xff, 0x22])), 'is not JSON in UTF-8'],
    ['by a missing field', received({}, {}), 'orderId: Invalid input: expected string, received undefined'],
    ['by a wrong field', received({}, { orderId: 'a', total: 'many' }), 'total: Invalid input: expected number'],
    ['by what makes its schema throw', received({}, { orderId: 'a', url: 'nowhere' }), 'Invalid URL'],
    ['by being deep', received({}, '['.repeat(500_000)), 'is not JSON in UTF-8'],
  ])('%s', (_, reading, reason) => {
    expect(reading).toMatchObject({ kind: 'invalid', envelope: { messageId: envelope.messageId, producer: 'order' } });
    expect(reading).toHaveProperty('reason', expect.stringContaining(reason));
  });

  it('and its values are not told', () => {
    expect(JSON.stringify(received({}, { orderId: 7, total: 'secret-7' }))).not.toContain('secret-7');
  });
});
