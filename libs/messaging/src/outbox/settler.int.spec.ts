import type { MessagingOptions } from '../messaging-options';
import { append, rowOf, useLedger, waitingForALock } from '../setup.spec';
import type { Settlement } from './settle';
import { Settler } from './settler';

const ledger = useLedger();
const options = { overdueAfter: 60_000 } as MessagingOptions;

const row = (id = '') => rowOf(ledger.dataSource, 'outbox_message', id);
const confirmed = (messageId = '', attempt = 1): Settlement => ({
  messageId,
  attempt,
  outcome: 'confirmed',
  error: null,
  delay: 0,
});
const nacked = (messageId = '', attempt = 0): Settlement => ({
  messageId,
  attempt,
  outcome: 'nacked',
  error: `attempt ${attempt} was refused`,
  delay: 0,
});

it('many settlements are written, and each resolves when its own is', async () => {
  const settler = new Settler(ledger.dataSource, options);
  const ids = await append(ledger.dataSource, ...Array(300).fill({}));

  await Promise.all(
    ids.map(async (id) => {
      await settler.settle(confirmed(id));
      expect(await row(id)).toMatchObject({ state: 'confirmed' });
    }),
  );
});

it.each([
  ['first', (id: string) => [confirmed(id), nacked(id)]],
  ['last', (id: string) => [nacked(id), confirmed(id)]],
])('of two attempts that end together a confirm counts, though it comes %s', async (_, both) => {
  const settler = new Settler(ledger.dataSource, options);
  const [id = ''] = await append(ledger.dataSource, {});

  await Promise.all(both(id).map((settlement) => settler.settle(settlement)));

  expect(await row(id)).toMatchObject({ state: 'confirmed' });
});

it('of two attempts that fail together the later counts', async () => {
  const settler = new Settler(ledger.dataSource, options);
  const [id = ''] = await append(ledger.dataSource, {});
  await ledger.dataSource.query('update outbox_message set attempts = 2');

  await Promise.all([settler.settle(nacked(id, 2)), settler.settle(nacked(id, 1))]);

  expect(await row(id)).toMatchObject({ state: 'pending', last_error: 'attempt 2 was refused' });
});

it('what the database does not take is told to whoever settles it, and the next is tried', async () => {
  const settler = new Settler(ledger.dataSource, options);
  const [id = ''] = await append(ledger.dataSource, {});

  const refused = settler.settle({ ...nacked(id), outcome: 'lost' as 'nacked' });
  await expect(refused).rejects.toThrow('outbox_message_last_outcome_check');

  await settler.settle(confirmed(id));
  expect(await row(id)).toMatchObject({ state: 'confirmed' });
});

it('what meets others in a deadlock is written when they are done', async () => {
  const settler = new Settler(ledger.dataSource, options);
  const [first = '', second = ''] = await append(ledger.dataSource, {}, {});
  const receipts = ledger.dataSource.createQueryRunner();
  await receipts.startTransaction();
  await receipts.query('select from outbox_message where id = $1 for update', [second]);

  const settling = Promise.all([first, second].map((id) => settler.settle(confirmed(id))));
  await waitingForALock(ledger.dataSource);
  // Who has waited for a second looks for a deadlock, and ends itself: ours has waited longer.
  await receipts.query('select pg_sleep(0.5)');
  await receipts.query('select from outbox_message where id = $1 for update', [first]);
  await receipts.commitTransaction();
  await receipts.release();

  await settling;
  expect([await row(first), await row(second)]).toMatchObject([{ state: 'confirmed' }, { state: 'confirmed' }]);
});
