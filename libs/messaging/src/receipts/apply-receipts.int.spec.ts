import { v7 as uuidv7 } from 'uuid';
import { claimOutbox } from '../outbox/claim';
import { settleOutbox } from '../outbox/settle';
import { append, rowOf, useLedger, waitingForALock } from '../setup.spec';
import { applyReceipts } from './apply-receipts';
import type { Receipt } from './receipt';

const ledger = useLedger();

const at = '2026-01-02T03:04:05.678Z';
const later = '2026-01-02T03:05:00.000Z';

const receipt = (messageId: string, changes: Partial<Receipt> = {}): Receipt => ({
  messageId,
  state: 'processed',
  attempt: 1,
  receivedAt: at,
  processedAt: changes.state === undefined || changes.state === 'processed' ? at : null,
  dueAt: changes.state === 'retrying' ? later : null,
  error: changes.state === undefined || changes.state === 'processed' ? null : 'no',
  ...changes,
});
const retrying = (messageId: string, attempt: number) => receipt(messageId, { state: 'retrying', attempt });
const dead = (messageId: string, attempt: number) => receipt(messageId, { state: 'dead', attempt });

const apply = (consumer: string, ...receipts: Receipt[]) => applyReceipts(ledger.dataSource, consumer, receipts);
const receiptRow = (id: string) => rowOf(ledger.dataSource, 'message_receipt', id);
const outboxRow = (id: string) => rowOf(ledger.dataSource, 'outbox_message', id);

async function message(consumers = ['payment']): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, { consumers });
  return id;
}

describe('a receipt', () => {
  it('is written with all that it says', async () => {
    const id = await message();

    const { applied, unknown } = await apply('payment', receipt(id, { attempt: 3 }));

    expect(unknown).toBe(0);
    expect(applied).toEqual([
      { messageId: id, type: 'order.placed', state: 'processed', error: null, milliseconds: expect.any(Number) },
    ]);
    expect(await receiptRow(id)).toMatchObject({
      consumer: 'payment',
      state: 'processed',
      attempt: 3,
      received_at: new Date(at),
      processed_at: new Date(at),
      receipt_at: expect.any(Date),
      error: null,
    });
  });

  it('changes nothing when it comes again', async () => {
    const id = await message();
    await apply('payment', retrying(id, 1));
    const before = await receiptRow(id);

    expect((await apply('payment', retrying(id, 1))).applied).toEqual([]);
    expect(await receiptRow(id)).toEqual(before);
  });

  it('is taken before the confirm of its own message', async () => {
    const id = await message();
    await claimOutbox(ledger.dataSource, 1, 60_000);

    await apply('payment', receipt(id));
    expect(await outboxRow(id)).toMatchObject({ state: 'pending', finished_at: expect.any(Date) });

    await settleOutbox(
      ledger.dataSource,
      [{ messageId: id, attempt: 1, outcome: 'confirmed', error: null, delay: 0 }],
      30_000,
    );
    expect(await outboxRow(id)).toMatchObject({ state: 'confirmed', finished_at: expect.any(Date) });
    expect(await receiptRow(id)).toMatchObject({ state: 'processed' });
  });

  it('of an unknown message, or from one that the message does not name, is counted and no more', async () => {
    const [known, foreign] = [await message(), await message(['warehouse'])];

    const { applied, unknown } = await apply('payment', receipt(uuidv7()), receipt(known), receipt(foreign));

    expect([applied.length, unknown]).toEqual([1, 2]);
    expect(await receiptRow(foreign)).toBeUndefined();
    expect(await outboxRow(foreign)).toMatchObject({ finished_at: null });
  });

  it('may carry NUL in its error', async () => {
    const id = await message();

    await apply('payment', { ...dead(id, 1), error: 'a\u0000b' });

    expect(await receiptRow(id)).toMatchObject({ error: 'ab' });
  });
});

describe('receipts in any order', () => {
  const steps = (id: string) => [retrying(id, 1), retrying(id, 2), dead(id, 2), receipt(id, { attempt: 4 })];

  it.each([
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
    [1, 3, 0, 2],
    [3, 0, 1, 2],
  ])('%d %d %d %d end at processed', async (...order) => {
    const id = await message();

    for (const index of order) await apply('payment', steps(id)[index] as Receipt);

    expect(await receiptRow(id)).toMatchObject({ state: 'processed', attempt: 4 });
  });

  it.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ])('%d %d %d without success end at dead', async (...order) => {
    const id = await message();

    for (const index of order) await apply('payment', steps(id)[index] as Receipt);

    expect(await receiptRow(id)).toMatchObject({ state: 'dead', attempt: 2 });
  });

  it('end the same when they come in one message', async () => {
    const id = await message();

    const { applied } = await apply('payment', ...steps(id).reverse());

    expect(applied).toMatchObject([{ state: 'processed' }]);
    expect(await receiptRow(id)).toMatchObject({ state: 'processed', attempt: 4 });
  });

  it('never let the attempts go down, though success came from an earlier one', async () => {
    const id = await message();
    await apply('payment', retrying(id, 5));

    await apply('payment', receipt(id, { attempt: 2 }));

    expect(await receiptRow(id)).toMatchObject({ state: 'processed', attempt: 5 });
  });

  it.each(['retrying', 'dead'] as const)(
    'change nothing after processed, also %s of a later attempt',
    async (state) => {
      const id = await message();
      await apply('payment', receipt(id));
      const before = await receiptRow(id);

      expect((await apply('payment', receipt(id, { state, attempt: 9 }))).applied).toEqual([]);
      expect(await receiptRow(id)).toEqual(before);
    },
  );

  it('let a replayed dead letter be retried again', async () => {
    const id = await message();
    await apply('payment', dead(id, 3));

    await apply('payment', retrying(id, 4));

    expect(await receiptRow(id)).toMatchObject({ state: 'retrying', attempt: 4, due_at: new Date(later) });
  });
});

describe('a message', () => {
  it('is finished when the last consumer that it names has reported processed or dead', async () => {
    const id = await message(['payment', 'warehouse']);
    await apply('payment', dead(id, 1));
    expect(await outboxRow(id)).toMatchObject({ finished_at: null });

    await apply('warehouse', retrying(id, 1));
    expect(await outboxRow(id)).toMatchObject({ finished_at: null });

    await apply('warehouse', receipt(id, { attempt: 2 }));
    expect(await outboxRow(id)).toMatchObject({ finished_at: expect.any(Date) });
  });

  it('is finished no more when its dead letter is replayed', async () => {
    const id = await message();
    await apply('payment', dead(id, 1));

    await apply('payment', retrying(id, 2));
    expect(await outboxRow(id)).toMatchObject({ finished_at: null });

    await apply('payment', receipt(id, { attempt: 3 }));
    expect(await outboxRow(id)).toMatchObject({ finished_at: expect.any(Date) });
  });

  it('is finished also when its last two receipts come at the same time', async () => {
    const id = await message(['payment', 'warehouse']);
    const holder = ledger.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from outbox_message where id = $1 for update', [id]);

    const both = [apply('payment', receipt(id)), apply('warehouse', receipt(id))];
    await waitingForALock(ledger.dataSource, 2);
    await holder.commitTransaction();
    await holder.release();
    await Promise.all(both);

    expect(await outboxRow(id)).toMatchObject({ finished_at: expect.any(Date) });
  });
});

it('two receivers of receipts for the same messages, in opposite orders, both get through', async () => {
  const ids = await append(ledger.dataSource, ...Array(200).fill({ consumers: ['payment', 'warehouse'] }));

  await Promise.all([
    apply('payment', ...ids.map((id) => receipt(id))),
    apply('warehouse', ...ids.map((id) => receipt(id)).reverse()),
  ]);

  const [{ finished }] = await ledger.dataSource.query(
    'select count(*)::int as finished from outbox_message where finished_at is not null',
  );
  expect(finished).toBe(200);
});
