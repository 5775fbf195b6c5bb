import { v7 as uuidv7 } from 'uuid';
import { append, recorded, rowOf, useLedger } from '../setup.spec';
import { appending } from './append';

const ledger = useLedger();

describe('appending', () => {
  it('writes a pending row with all that was recorded', async () => {
    const causationId = uuidv7();
    const message = recorded({
      priority: 4,
      aggregateVersion: 7,
      causationId,
      payload: '{"b": 1, "a": "it\'s \\"5 €\\", \\\\ and \\u0000"}',
    });

    const { text, values } = appending([message]);
    await ledger.dataSource.query(text, values);

    expect(await rowOf(ledger.dataSource, 'outbox_message', message.messageId)).toMatchObject({
      producer: 'order',
      type: 'order.placed',
      version: 1,
      aggregate_id: message.aggregateId,
      aggregate_version: 7,
      priority: 4,
      correlation_id: message.correlationId,
      causation_id: causationId,
      consumers: ['payment', 'warehouse'],
      state: 'pending',
      attempts: 0,
      due_at: expect.any(Date),
      lease_until: null,
      sent_at: null,
    });
    const [{ payload }] = await ledger.dataSource.query('select payload::text from outbox_message');
    expect(payload).toBe(message.payload);
  });

  it('takes many messages in one statement', async () => {
    const ids = await append(ledger.dataSource, ...Array(300).fill({}));

    const [{ count }] = await ledger.dataSource.query('select count(*)::int from outbox_message');
    expect(count).toBe(ids.length);
  });
});
