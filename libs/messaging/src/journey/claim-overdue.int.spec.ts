import { append, rowOf, useLedger } from '../setup.spec';
import { claimOverdue } from './claim-overdue';

const ledger = useLedger();
const overdueAfter = 30_000;
const cap = 600_000;

const claim = (limit = 100) => claimOverdue(ledger.dataSource, limit, overdueAfter, cap);
const query = (sql: string, ...parameters: unknown[]) => ledger.dataSource.query(sql, parameters);

/** A confirmed message whose receipts are overdue since so many seconds. */
async function overdue(seconds = 1): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, { payload: '{"a":  1}', aggregateVersion: 2 });
  await query(
    `update outbox_message set state = 'confirmed', last_outcome = 'confirmed', confirmed_at = clock_timestamp(),
       overdue_at = clock_timestamp() - $2 * interval '1 second' where id = $1`,
    id,
    seconds,
  );
  return id;
}

/** A receipt of payment; a retry is announced in so many seconds. */
async function receipt(id: string, state: string, retryIn?: number): Promise<void> {
  await query(
    `insert into message_receipt (message_id, consumer, state, attempt, received_at, processed_at, due_at)
     values ($1, 'payment', $2::text, 1, now(), case when $2::text = 'processed' then now() end,
       clock_timestamp() + $3 * interval '1 second')`,
    id,
    state,
    retryIn ?? null,
  );
}

describe('a message whose receipts are overdue', () => {
  it('is claimed with those that are silent, and as it was sent', async () => {
    const id = await overdue();

    expect(await claim()).toMatchObject([
      {
        messageId: id,
        type: 'order.placed',
        producer: 'order',
        missing: ['payment', 'warehouse'],
        round: 1,
        payload: '{"a":  1}',
        aggregateVersion: 2,
      },
    ]);
  });

  it('is asked for again after a pause that doubles, up to the cap', async () => {
    const id = await overdue();
    const pauses: number[] = [];

    for (let round = 1; round <= 6; round++) {
      await claim();
      const [{ pause }] = await query(
        'select extract(epoch from overdue_at - clock_timestamp())::float8 as pause from outbox_message',
      );
      pauses.push(Math.round(pause));
      expect(await claim()).toEqual([]);
      await query('update outbox_message set overdue_at = clock_timestamp()');
    }

    expect(pauses).toEqual([60, 120, 240, 480, 600, 600]);
    expect(await rowOf(ledger.dataSource, 'outbox_message', id)).toMatchObject({ overdue_rounds: 6 });
  });

  it.each([
    ['processed', undefined, ['warehouse']],
    ['dead', undefined, ['warehouse']],
    ['retrying', 10, ['warehouse']],
    ['retrying', -20, ['warehouse']],
    ['retrying', -31, ['payment', 'warehouse']],
  ])('does not miss who said %s (next attempt in %s s)', async (state, retryIn, missing) => {
    const id = await overdue();
    await receipt(id, state, retryIn);

    expect(await claim()).toMatchObject([{ missing }]);
  });

  it('is not claimed before its time, nor when it is finished, nor while it is not confirmed', async () => {
    const [later, finished, pending] = [await overdue(-60), await overdue(), await overdue()];
    await query('update outbox_message set finished_at = now() where id = $1', finished);
    await query(
      `update outbox_message set state = 'pending', confirmed_at = null, last_outcome = null where id = $1`,
      pending,
    );

    expect(await claim()).toEqual([]);
    expect(await rowOf(ledger.dataSource, 'outbox_message', later)).toMatchObject({ overdue_rounds: 0 });
  });

  it('waits its turn, longest overdue first, and goes to one claimer', async () => {
    const [second, first] = [await overdue(1), await overdue(5)];
    const holder = ledger.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from outbox_message where id = $1 for update', [first]);

    expect((await claim()).map(({ messageId }) => messageId)).toEqual([second]);
    await holder.rollbackTransaction();
    await holder.release();
    await query('update outbox_message set overdue_at = clock_timestamp() where id = $1', second);

    expect((await claim(1)).map(({ messageId }) => messageId)).toEqual([first]);
  });
});
