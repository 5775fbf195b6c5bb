import type { MessagingOptions } from './messaging-options';
import { applyReceipts } from './receipts/apply-receipts';
import { Retention } from './retention';
import { append, useLedger } from './setup.spec';

const ledger = useLedger();
const day = 86_400_000;

const runOnce = () => new Retention(ledger.dataSource, { retention: 30 * day } as MessagingOptions).runOnce();
const query = (sql: string, ...parameters: unknown[]) => ledger.dataSource.query(sql, parameters);

/** A message of which payment has reported `states`, finished so many days ago. */
async function sent(days: number, ...states: ('processed' | 'dead' | 'retrying')[]): Promise<string> {
  const [messageId = ''] = await append(ledger.dataSource, { consumers: ['payment'] });
  const at = new Date().toISOString();
  for (const [index, state] of states.entries()) {
    const processedAt = state === 'processed' ? at : null;
    const dueAt = state === 'retrying' ? at : null;
    const receipt = { messageId, state, attempt: index + 1, receivedAt: at, processedAt, dueAt, error: null };
    await applyReceipts(ledger.dataSource, 'payment', [receipt]);
  }
  await query(
    `update outbox_message set finished_at = finished_at - $2 * interval '1 day', recorded_at = recorded_at - interval '90 days' where id = $1`,
    messageId,
    days,
  );
  return messageId;
}

/** A message received and processed so many days ago, or only received, whose receipt was sent or was not. */
async function received(days: number, state: 'processed' | 'dead' | 'retrying', receiptSent = 1): Promise<string> {
  const [{ message_id }] = await query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_allowed,
       due_at, properties, body, received_at, processed_at, receipt_sent_seq)
     values (gen_random_uuid(), 'payment', 'order', 'order.placed', 1, 2, 'c', $2::text, 3,
       case when $2::text = 'retrying' then now() end, '{}', '', now() - interval '90 days',
       case when $2::text = 'processed' then now() - $1 * interval '1 day' end, $3)
     returning message_id`,
    days,
    state,
    receiptSent,
  );
  return message_id;
}

const ids = async (table: string, column: string) =>
  (await query(`select ${column} as id from ${table}`)).map(({ id }: { id: string }) => id).sort();

it('what was processed everywhere longer ago than the retention is deleted, with its receipts', async () => {
  await sent(31, 'processed');
  const recent = await sent(29, 'retrying', 'processed');

  expect(await runOnce()).toBe(1);

  expect(await ids('outbox_message', 'id')).toEqual([recent]);
  expect(await ids('message_receipt', 'message_id')).toEqual([recent]);
});

it('what is unfinished or dead is kept, however old', async () => {
  const kept = [await sent(0), await sent(0, 'retrying'), await sent(90, 'dead'), await sent(90, 'dead', 'retrying')];

  expect(await runOnce()).toBe(0);

  expect(await ids('outbox_message', 'id')).toEqual([...kept].sort());
});

it('what was received is deleted when it was processed long ago and its receipt was sent', async () => {
  await received(31, 'processed');
  const kept = [
    await received(29, 'processed'),
    await received(31, 'processed', 0),
    await received(31, 'dead'),
    await received(31, 'retrying'),
  ];

  expect(await runOnce()).toBe(1);

  expect(await ids('inbox_message', 'message_id')).toEqual(kept.sort());
});

it('what somebody holds is left for the next time', async () => {
  const id = await sent(31, 'processed');
  const holder = ledger.dataSource.createQueryRunner();
  await holder.startTransaction();
  await holder.query('select from outbox_message where id = $1 for update', [id]);

  expect(await runOnce()).toBe(0);
  await holder.rollbackTransaction();
  await holder.release();

  expect(await runOnce()).toBe(1);
});
