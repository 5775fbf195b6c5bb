import { v7 as uuidv7 } from 'uuid';
import { append, useLedger } from '../setup.spec';
import { findStuckMessages, type StuckMessage } from './stuck-messages';

const ledger = useLedger();

const stuck = (...flows: string[]) => findStuckMessages(ledger.dataSource, flows);
const query = (sql: string, ...parameters: unknown[]) => ledger.dataSource.query(sql, parameters);

async function sent(correlationId: string, state: 'pending' | 'confirmed' | 'parked'): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, { correlationId });
  if (state === 'parked')
    await query(`update outbox_message set state = 'parked', last_error = 'too large' where id = $1`, id);
  if (state === 'confirmed') {
    await query(
      `update outbox_message set state = 'confirmed', last_outcome = 'confirmed', confirmed_at = now() where id = $1`,
      id,
    );
  }
  return id;
}

async function signed(messageId: string, consumer: string, state: 'processed' | 'retrying' | 'dead'): Promise<void> {
  await query(
    `insert into message_receipt (message_id, consumer, state, attempt, received_at, processed_at, error)
     values ($1, $2, $3, 1, now(), case when $3 = 'processed' then now() end, case when $3 <> 'processed' then 'no luck' end)`,
    messageId,
    consumer,
    state,
  );
}

async function received(correlationId: string, state: 'processed' | 'retrying' | 'dead'): Promise<string> {
  const id = uuidv7();
  await query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_allowed,
       due_at, properties, body, received_at, processed_at, error)
     values ($1, 'order', 'payment', 'payment.authorized', 1, 2, $2, $3, 8,
       case when $3 = 'retrying' then now() end, '{}', '', now(), case when $3 = 'processed' then now() end, 'no such order')`,
    id,
    correlationId,
    state,
  );
  return id;
}

it('nothing is, while every message is on its way, processed, or tried again by another service', async () => {
  await sent('order-1', 'pending');
  const id = await sent('order-1', 'confirmed');
  await signed(id, 'payment', 'processed');
  await signed(id, 'warehouse', 'retrying');
  await received('order-1', 'processed');

  expect(await stuck('order-1')).toEqual([]);
});

const none = { correlationId: 'order-1', type: 'order.placed' };
const came = { correlationId: 'order-1', type: 'payment.authorized', consumer: 'order', error: 'no such order' };

it.each<[string, () => Promise<string>, Omit<StuckMessage, 'messageId'>]>([
  ['cannot be sent', () => sent('order-1', 'parked'), { ...none, state: 'parked', consumer: null, error: 'too large' }],
  [
    'a consumer has given up on',
    async () => {
      const id = await sent('order-1', 'confirmed');
      await signed(id, 'payment', 'processed');
      await signed(id, 'warehouse', 'dead');
      return id;
    },
    { ...none, state: 'dead', consumer: 'warehouse', error: 'no luck' },
  ],
  ['this service has given up on', () => received('order-1', 'dead'), { ...came, state: 'dead' }],
  ['failed here and is tried again', () => received('order-1', 'retrying'), { ...came, state: 'retrying' }],
])('what %s', async (_what, happen, expected) => {
  const messageId = await happen();

  expect(await stuck('order-1', 'order-2')).toEqual([{ ...expected, messageId }]);
  expect(await stuck('order-2')).toEqual([]);
});

it('tells of many flows at once', async () => {
  for (let number = 0; number < 5; number++) await sent(`order-${number}`, 'parked');

  const flows = (await stuck('order-1', 'order-3', 'order-9')).map(({ correlationId }) => correlationId);
  expect(flows).toEqual(['order-1', 'order-3']);
});
