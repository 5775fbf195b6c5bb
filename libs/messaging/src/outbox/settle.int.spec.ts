import { append, rowOf, useLedger, waitingForALock } from '../setup.spec';
import { claimOutbox } from './claim';
import { type Settlement, settleOutbox } from './settle';

const ledger = useLedger();

/** A message whose publish number `attempts` is under way. */
async function sent(attempts = 1): Promise<string> {
  const [id] = await append(ledger.dataSource, {});
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await ledger.dataSource.query('update outbox_message set lease_until = null where id = $1', [id]);
    await claimOutbox(ledger.dataSource, 1, 60_000);
  }
  return id ?? '';
}

const settle = (...settlements: Settlement[]) => settleOutbox(ledger.dataSource, settlements, 30_000);
const row = (id: string) => rowOf<Record<string, Date & string>>(ledger.dataSource, 'outbox_message', id);

const confirmed = (messageId: string, attempt = 1): Settlement => ({
  messageId,
  attempt,
  outcome: 'confirmed',
  error: null,
  delay: 0,
});
const nacked = (messageId: string, attempt = 1): Settlement => ({
  messageId,
  attempt,
  outcome: 'nacked',
  error: 'refused',
  delay: 5_000,
});

describe('settling', () => {
  it('writes a confirm, and when a missing receipt will be overdue', async () => {
    const id = await sent();

    expect(await settle(confirmed(id))).toEqual([id]);

    const after = await row(id);
    expect(after).toMatchObject({ state: 'confirmed', last_outcome: 'confirmed', last_error: null, lease_until: null });
    expect(Number(after?.overdue_at) - Number(after?.confirmed_at)).toBe(30_000);
  });

  it('makes anything but a confirm due again, with what happened', async () => {
    const id = await sent();

    await settle(nacked(id));

    const after = await row(id);
    expect(after).toMatchObject({
      state: 'pending',
      last_outcome: 'nacked',
      last_error: 'refused',
      lease_until: null,
      confirmed_at: null,
    });
    const [{ delay }] = await ledger.dataSource.query(
      'select extract(epoch from due_at - clock_timestamp())::float8 as delay from outbox_message',
    );
    expect(delay).toBeGreaterThan(4);
    expect(delay).toBeLessThanOrEqual(5);
  });

  it('takes a confirm from whichever attempt', async () => {
    const id = await sent(2);

    expect(await settle(confirmed(id, 1))).toEqual([id]);
    expect(await row(id)).toMatchObject({ state: 'confirmed' });
  });

  it('lets nothing follow a confirm', async () => {
    const id = await sent(2);
    await settle(confirmed(id, 1));

    expect(await settle(nacked(id, 2))).toEqual([]);
    expect(await settle({ ...nacked(id, 2), outcome: 'parked' })).toEqual([]);
    expect(await row(id)).toMatchObject({ state: 'confirmed', last_outcome: 'confirmed', last_error: null });
  });

  it('lets a failure count only for the attempt that it answers', async () => {
    const id = await sent(2);
    const before = await row(id);

    expect(await settle(nacked(id, 1))).toEqual([]);

    expect(await row(id)).toEqual(before);
  });

  it('parks a row that is at fault itself, and says why', async () => {
    const id = await sent();

    await settle({ messageId: id, attempt: 1, outcome: 'parked', error: 'too large', delay: 0 });

    expect(await row(id)).toMatchObject({ state: 'parked', last_error: 'too large', last_outcome: null });
    expect(await claimOutbox(ledger.dataSource, 10, 1)).toEqual([]);
  });

  it('settles many in one statement, each its own way', async () => {
    const [one, two, three] = [await sent(), await sent(), await sent()];

    const settled = await settle(confirmed(one), nacked(two), {
      messageId: three,
      attempt: 1,
      outcome: 'parked',
      error: 'too large',
      delay: 0,
    });

    expect(settled.sort()).toEqual([one, two, three].sort());
    expect([(await row(one))?.state, (await row(two))?.state, (await row(three))?.state]).toEqual([
      'confirmed',
      'pending',
      'parked',
    ]);
  });

  it('locks the rows in the order of their ids, as receipts do, so that the two never wait for each other', async () => {
    // So many that the rows are looked up one by one, in the order in which they are given.
    const [first = '', second = ''] = await append(ledger.dataSource, ...Array(5_000).fill({}));
    await (await ledger.database.connect('owner', 1)).query('analyze outbox_message');
    const receipts = ledger.dataSource.createQueryRunner();
    await receipts.startTransaction();
    await receipts.query('select from outbox_message where id = $1 for update', [first]);

    const settling = settle(confirmed(second), confirmed(first));
    await waitingForALock(ledger.dataSource);
    await receipts.query('select from outbox_message where id = $1 for update', [second]);
    await receipts.commitTransaction();
    await receipts.release();

    expect((await settling).sort()).toEqual([first, second]);
  });
});
