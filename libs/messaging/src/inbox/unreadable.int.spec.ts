import { v7 as uuidv7 } from 'uuid';
import { Placed } from '../setup.spec';
import { behaviour, effects, inboxRow, order, useHarness } from './setup.spec';

const payment = useHarness();

describe('what breaks its contract', () => {
  const megabyte = JSON.stringify({ orderId: 7, filler: 'x'.repeat(1_000_000) });

  it.each<[string, Buffer]>([
    ['no bytes', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{"orderId"')],
    ['bytes that are no text', Buffer.from([0, 255, 0, 128])],
    ['another shape', Buffer.from('{"orderId": 7}')],
    ['a megabyte of another shape', Buffer.from(megabyte)],
    ['NUL in its text', Buffer.from('{"orderId": "\\u0000", "note": 7}')],
  ])('(%s) is a dead letter under its own id, byte for byte, and its producer will know', async (_, body) => {
    const message = { ...payment.harness.message(Placed, order), body };

    const { state, messageId, error } = await payment.harness.receive(Placed, message);

    expect(state).toBe('dead');
    expect(messageId).toBe(message.properties.messageId);
    const { body: kept, ...row } = await inboxRow(payment.harness, messageId);
    expect(row).toMatchObject({ state: 'dead', error, receipt_seq: 1 });
    expect(kept?.equals(body)).toBe(true);
    expect(await payment.harness.dataSource.query('select from dead_letter')).toEqual([]);
  });

  it('is a dead letter also by its type or its headers', async () => {
    const { properties, body } = payment.harness.message(Placed, order);
    const [type, headers] = [{ type: 'order.lost' }, { headers: { version: 'one' } }];

    for (const change of [type, headers]) {
      const messageId = uuidv7();
      const result = await payment.harness.receive(Placed, {
        properties: { ...properties, ...change, messageId },
        body,
      });
      expect(result).toMatchObject({ state: 'dead', messageId });
    }
  });

  it('has an error that Postgres and the producer can take, whatever the message says', async () => {
    const key = `\u0000${'x'.repeat(5_000)}`;
    behaviour.handle = async () => {
      throw new Error(key);
    };

    const { state, messageId } = await payment.harness.deliver(Placed, order);

    expect(state).toBe('retrying');
    expect((await inboxRow(payment.harness, messageId)).error).toHaveLength(2_000);
  });
});

describe('what cannot be identified', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no id', { messageId: undefined }],
    ['an id that is no uuid', { messageId: '42' }],
    ['the wrong sender', { userId: 'warehouse' }],
    ['no sender', { userId: undefined }],
    ['NUL in its id', { messageId: 'a\u0000' }],
  ])('(%s) is kept under another id, byte for byte', async (_, change) => {
    const message = payment.harness.message(Placed, order);
    const body = Buffer.from([0, 255, 1]);

    const { state, messageId, error } = await payment.harness.receive(Placed, {
      properties: { ...message.properties, ...change },
      body,
    });

    expect(state).toBe('unreadable');
    expect(messageId).not.toBe(message.properties.messageId);
    expect(
      await payment.harness.dataSource.query('select id, queue, reason, body, replayed_at from dead_letter'),
    ).toEqual([{ id: messageId, queue: 'payment.order-placed', reason: error, body, replayed_at: null }]);
    expect(await payment.harness.dataSource.query('select from inbox_message')).toEqual([]);
  });

  it('never changes what is known under its id', async () => {
    const { messageId } = await payment.harness.deliver(Placed, order);
    const before = await inboxRow(payment.harness, messageId);
    const forged = payment.harness.message(Placed, { orderId: 'order-2' }, { messageId });

    await payment.harness.receive(Placed, { ...forged, properties: { ...forged.properties, userId: 'warehouse' } });

    expect(await inboxRow(payment.harness, messageId)).toEqual(before);
    expect(await effects(payment.harness)).toEqual({ [messageId]: 1 });
  });
});
