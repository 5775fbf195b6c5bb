import { v7 as uuidv7 } from 'uuid';
import { rowOf, useLedger } from '../setup.spec';
import { claimReceipts } from './claim-receipts';
import { markReceipts, postponeReceipts } from './mark-receipts';

const ledger = useLedger();

const row = (id: string) => rowOf(ledger.dataSource, 'inbox_message', id);
const claim = (limit = 100, lease = 60_000) => claimReceipts(ledger.dataSource, limit, lease);
const idsOf = (receipts: Awaited<ReturnType<typeof claim>>) => receipts.map(({ receipt }) => receipt.messageId);

/** A processed message whose receipt is due, since so many seconds. */
async function processed(seconds = 0): Promise<string> {
  const id = uuidv7();
  await ledger.dataSource.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
       attempts_started, attempts_finished, attempts_allowed, received_at, processed_at, receipt_due_at)
     values ($1, 'payment', 'order', 'order.placed', 1, 2, 'c', 'processed', 2, 2, 3, '2026-01-02 03:04:05.678Z',
       '2026-01-02 03:04:06Z', clock_timestamp() - $2 * interval '1 second')`,
    [id, seconds],
  );
  return id;
}

async function retrying(): Promise<string> {
  const id = await processed();
  await ledger.dataSource.query(
    `update inbox_message set state = 'retrying', processed_at = null, due_at = '2026-01-02 03:05:00Z', error = 'no',
       properties = '{}', body = '' where message_id = $1`,
    [id],
  );
  return id;
}

/** What a later attempt does to the row. */
const change = (id: string) =>
  ledger.dataSource.query(
    'update inbox_message set receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp() where message_id = $1',
    [id],
  );

describe('a receipt that is due', () => {
  it('says what the row says, and is leased', async () => {
    const [done, failed] = [await processed(1), await retrying()];

    const receipts = await claim();

    expect(new Map(receipts.map((due) => [due.receipt.messageId, due]))).toEqual(
      new Map([
        [
          done,
          {
            producer: 'order',
            consumer: 'payment',
            type: 'order.placed',
            seq: 1,
            receipt: {
              messageId: done,
              state: 'processed',
              attempt: 2,
              receivedAt: '2026-01-02T03:04:05.678Z',
              processedAt: '2026-01-02T03:04:06.000Z',
              dueAt: null,
              error: null,
            },
          },
        ],
        [
          failed,
          expect.objectContaining({
            receipt: expect.objectContaining({ state: 'retrying', dueAt: '2026-01-02T03:05:00.000Z', error: 'no' }),
          }),
        ],
      ]),
    );
    expect(await claim()).toEqual([]);
  });

  it('goes oldest first', async () => {
    const [newer, older] = [await processed(1), await processed(5)];

    expect([...idsOf(await claim(1)), ...idsOf(await claim(1))]).toEqual([older, newer]);
  });

  it('is due again when nobody marked it within its lease', async () => {
    const id = await processed();

    await claim(1, 0);

    expect(idsOf(await claim())).toEqual([id]);
  });

  it('goes to one of many claimers, none of which waits for another', async () => {
    for (let count = 0; count < 20; count++) await processed();

    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(10)));

    const ids = [...claims.flatMap(idsOf), ...idsOf(await claim())];
    expect([ids.length, new Set(ids).size]).toEqual([20, 20]);
  });
});

describe('claiming', () => {
  it('waits for no attempt that holds one of the rows', async () => {
    const [held, free] = [await processed(), await processed()];
    const attempt = ledger.dataSource.createQueryRunner();
    await attempt.startTransaction();
    await attempt.query('select from inbox_message where message_id = $1 for update', [held]);

    expect(idsOf(await claim())).toEqual([free]);
    await attempt.rollbackTransaction();
    await attempt.release();
  });
});

describe('marking', () => {
  it('ends a receipt, many at once', async () => {
    const ids = [await processed(), await processed()];

    await markReceipts(ledger.dataSource, await claim(2, 0));

    for (const id of ids) expect(await row(id)).toMatchObject({ receipt_seq: 1, receipt_sent_seq: 1 });
    expect(await claim()).toEqual([]);
  });

  it('does not end a receipt whose row has changed since', async () => {
    const id = await processed();
    const told = await claim();
    await change(id);

    await markReceipts(ledger.dataSource, told);

    expect(await row(id)).toMatchObject({ receipt_seq: 2, receipt_sent_seq: 0 });
    expect(await claim()).toMatchObject([{ seq: 2 }]);
  });

  it('waits for no attempt that holds one of the rows', async () => {
    const [held, free] = [await processed(), await processed()];
    const told = await claim();
    const attempt = ledger.dataSource.createQueryRunner();
    await attempt.startTransaction();
    await attempt.query('select from inbox_message where message_id = $1 for update', [held]);

    await markReceipts(ledger.dataSource, told);
    await postponeReceipts(ledger.dataSource, told, 0);
    await attempt.rollbackTransaction();
    await attempt.release();

    expect(await row(free)).toMatchObject({ receipt_sent_seq: 1 });
    expect(await row(held)).toMatchObject({ receipt_sent_seq: 0 });
  });
});

describe('postponing', () => {
  it('makes a receipt due again after the delay, and not one that has changed since', async () => {
    const [unsent, changed, soon] = [await processed(), await processed(), await processed()];
    const told = await claim();
    await change(changed);

    const delay = (wanted: string, milliseconds: number) =>
      postponeReceipts(
        ledger.dataSource,
        told.filter(({ receipt }) => receipt.messageId === wanted),
        milliseconds,
      );
    await delay(unsent, 60_000);
    await delay(changed, 60_000);
    await delay(soon, 0);

    expect(idsOf(await claim()).sort()).toEqual([changed, soon].sort());
  });
});
