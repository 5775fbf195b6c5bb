import type { DataSource, QueryRunner } from 'typeorm';
import { envelope, rowOf, useLedger, waitingForALock } from '../setup.spec';
import { claimFresh, claimStarted } from './claim-delivery';
import { insertUnfinished, recordFailure, type UnfinishedMessage } from './record-attempt';
import { resendReceipt } from './resend-receipt';

const ledger = useLedger();

const message = envelope();
const key = { messageId: message.messageId, consumer: 'payment' };
const unfinished: UnfinishedMessage = {
  envelope: message,
  consumer: 'payment',
  message: { properties: { messageId: message.messageId }, body: Buffer.from('{}') },
  state: 'retrying',
  attemptsStarted: 1,
  attemptsFinished: 1,
  attemptsAllowed: 3,
  delay: 1_000,
  error: 'no',
  elapsed: 0,
};

const row = () => rowOf(ledger.dataSource, 'inbox_message', message.messageId);
const fresh = async (source: DataSource | QueryRunner = ledger.dataSource, consumer = 'payment') => {
  const claim = { envelope: message, consumer, elapsed: 0, attemptsAllowed: 3, receiptLease: 60_000 };
  return (await claimFresh(source.manager, claim)) !== undefined;
};
const started = (attempt: number) => claimStarted(ledger.dataSource.manager, key, attempt);

/** A transaction that holds what `work` did, until it is ended. */
async function holding(work: (runner: QueryRunner) => Promise<unknown>) {
  const runner = ledger.dataSource.createQueryRunner();
  await runner.startTransaction();
  await work(runner);
  return {
    commit: () => runner.commitTransaction().then(() => runner.release()),
    rollback: () => runner.rollbackTransaction().then(() => runner.release()),
  };
}

describe('claiming a fresh message', () => {
  it('succeeds once', async () => {
    expect([await fresh(), await fresh()]).toEqual([true, false]);
  });

  it('is per consumer', async () => {
    await fresh();

    expect(await fresh(ledger.dataSource, 'warehouse')).toBe(true);
  });

  it('waits for another transaction that is at the same message: it committed, so it is not ours', async () => {
    const other = await holding((runner) => fresh(runner));
    const claiming = fresh();
    await waitingForALock(ledger.dataSource);
    await other.commit();

    expect(await claiming).toBe(false);
  });

  it('waits for another transaction that is at the same message: it failed, so it is ours', async () => {
    const other = await holding((runner) => fresh(runner));
    const claiming = fresh();
    await waitingForALock(ledger.dataSource);
    await other.rollback();

    expect(await claiming).toBe(true);
  });
});

describe('claiming a started attempt', () => {
  it('succeeds only for the attempt that the row is at, and once', async () => {
    await insertUnfinished(ledger.dataSource, { ...unfinished, attemptsStarted: 2 });

    expect([await started(1), await started(3), await started(2), await started(2)]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(await row()).toMatchObject({ state: 'processed', attempts_finished: 2, due_at: null, body: null });
  });

  it('does not succeed for a dead letter', async () => {
    await insertUnfinished(ledger.dataSource, { ...unfinished, state: 'dead' });

    expect(await started(1)).toBe(false);
  });
});

describe('writing down what failed', () => {
  it('never touches a row that is there', async () => {
    await fresh();
    const before = await row();

    expect(await insertUnfinished(ledger.dataSource, unfinished)).toBe(false);
    expect(
      await recordFailure(ledger.dataSource, { ...key, attempt: 1, state: 'dead', counts: true, delay: 0, error: 'x' }),
    ).toBe(false);
    expect(await row()).toEqual(before);
  });

  it('counts only for the attempt that the row is at', async () => {
    await insertUnfinished(ledger.dataSource, { ...unfinished, attemptsStarted: 2 });
    const failure = { ...key, state: 'dead', counts: true, delay: 0, error: 'late' } as const;

    expect(await recordFailure(ledger.dataSource, { ...failure, attempt: 1 })).toBe(false);
    expect(await recordFailure(ledger.dataSource, { ...failure, attempt: 2 })).toBe(true);
    expect(await row()).toMatchObject({ state: 'dead', attempts_finished: 2, error: 'late', due_at: null });
  });

  it('owes no receipt while nothing has gone wrong', async () => {
    await insertUnfinished(ledger.dataSource, { ...unfinished, error: null });

    expect(await row()).toMatchObject({ receipt_seq: 0, receipt_sent_seq: 0 });
  });

  it('keeps of an error what Postgres takes and a receipt may carry', async () => {
    const error = `\u0000${'x'.repeat(3_000)}`;
    await insertUnfinished(ledger.dataSource, { ...unfinished, error });
    expect(await row()).toMatchObject({ error: 'x'.repeat(2_000) });

    await recordFailure(ledger.dataSource, { ...key, attempt: 1, state: 'retrying', counts: true, delay: 0, error });
    expect(await row()).toMatchObject({ error: 'x'.repeat(2_000) });
  });
});

describe('sending a receipt again', () => {
  it('makes it due', async () => {
    await fresh();
    await ledger.dataSource.query('update inbox_message set receipt_sent_seq = receipt_seq');

    await resendReceipt(ledger.dataSource, key);

    expect(await row()).toMatchObject({ receipt_seq: 2, receipt_sent_seq: 1 });
  });

  it('does not wait for the attempt that is at it, which will have a receipt of its own', async () => {
    await insertUnfinished(ledger.dataSource, unfinished);
    const attempt = await holding((runner) => claimStarted(runner.manager, key, 1));

    await resendReceipt(ledger.dataSource, key);
    await attempt.commit();

    expect(await row()).toMatchObject({ state: 'processed', receipt_seq: 2 });
  });
});
