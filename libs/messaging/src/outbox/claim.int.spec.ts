import type { DataSource, QueryRunner } from 'typeorm';
import { append, rowOf, useLedger } from '../setup.spec';
import { claimOutbox } from './claim';

const ledger = useLedger();
const lease = 60_000;

const claim = (limit = 100, milliseconds = lease) => claimOutbox(ledger.dataSource, limit, milliseconds);
const idsOf = (messages: { messageId: string }[]) => messages.map(({ messageId }) => messageId);
const update = (id: string | undefined, change: string) =>
  ledger.dataSource.query(`update outbox_message set ${change} where id = $1`, [id]);

/** Of the outbox, in this connection. */
async function rowsRead(runner: QueryRunner): Promise<number> {
  const [{ read }] = await runner.query(
    `select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relid = 'outbox_message'::regclass`,
  );
  return read;
}

describe('a claim', () => {
  it('takes the highest priority first, then the oldest', async () => {
    const [bulk, oldNormal, urgent, newNormal] = await append(
      ledger.dataSource,
      { priority: 0 },
      { priority: 2 },
      { priority: 4 },
      { priority: 2 },
    );

    expect(idsOf(await claim(1))).toEqual([urgent]);
    expect(idsOf(await claim())).toEqual([oldNormal, newNormal, bulk]);
  });

  it('brings the message as it was recorded, counts the attempt and leases it', async () => {
    const [id] = await append(ledger.dataSource, { payload: '{"b": 1,  "a": 2}', aggregateVersion: 3 });

    const [message] = await claim();

    expect(message).toMatchObject({ messageId: id, attempt: 1, payload: '{"b": 1,  "a": 2}', aggregateVersion: 3 });
    const row = await rowOf<{ sent_at: Date; lease_until: Date }>(ledger.dataSource, 'outbox_message', id ?? '');
    expect((row?.lease_until.getTime() ?? 0) - (row?.sent_at.getTime() ?? 0)).toBe(lease);
    expect(await claim()).toEqual([]);
  });

  it('takes a message again when its lease is over', async () => {
    const [id] = await append(ledger.dataSource, {});
    await claim();
    await update(id, `lease_until = clock_timestamp() - interval '1 millisecond'`);

    expect(await claim()).toMatchObject([{ messageId: id, attempt: 2 }]);
  });

  it('leaves alone what is not due yet, confirmed or parked', async () => {
    const [later, confirmed, parked] = await append(ledger.dataSource, {}, {}, {});
    await update(later, `due_at = clock_timestamp() + interval '1 hour'`);
    await update(confirmed, `state = 'confirmed', confirmed_at = clock_timestamp(), last_outcome = 'confirmed'`);
    await update(parked, `state = 'parked', last_error = 'too large'`);

    expect(await claim()).toEqual([]);
  });

  it('never waits for another claim, and never takes what that one has', async () => {
    const ids = await append(ledger.dataSource, {}, {}, {});
    const other = ledger.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('select from outbox_message where id = $1 for update', [ids[0]]);

    const claimed = await claim();

    await other.rollbackTransaction();
    await other.release();
    expect(idsOf(claimed)).toEqual(ids.slice(1));
    expect(idsOf(await claim())).toEqual([ids[0]]);
  });

  it('gives each message to one of many claimers at the same time', async () => {
    const ids = await append(ledger.dataSource, ...Array(200).fill({}));

    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(25)));

    const claimed = claims.flatMap(idsOf);
    expect(new Set(claimed).size).toBe(claimed.length);
    const rest = await claim(1000);
    expect([...claimed, ...idsOf(rest)].sort()).toEqual([...ids].sort());
  });

  it('does not sort all that is pending, also where the database thinks that it would be cheaper', async () => {
    await append(ledger.dataSource, ...Array(3_000).fill({}));
    const runner = ledger.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('set local random_page_cost = 1000');
    const before = await rowsRead(runner);

    const claimed = await claimOutbox(runner.manager as unknown as DataSource, 10, lease);

    const read = (await rowsRead(runner)) - before;
    await runner.rollbackTransaction();
    await runner.release();
    expect(claimed).toHaveLength(10);
    // At that price, all rows may be read once to find those that are to be updated. Sorting reads them once more.
    expect(read).toBeLessThan(4_000);
  });
});
