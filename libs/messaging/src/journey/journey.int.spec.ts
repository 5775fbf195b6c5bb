import { claimOutbox } from '../outbox/claim';
import { type Settlement, settleOutbox } from '../outbox/settle';
import { applyReceipts } from '../receipts/apply-receipts';
import type { Receipt } from '../receipts/receipt';
import { append, useLedger } from '../setup.spec';
import { Journey, type JourneyQuery } from './journey';

const ledger = useLedger();

const find = (query: JourneyQuery = {}) => new Journey(ledger.dataSource).find(query);
const query = (sql: string, ...parameters: unknown[]) => ledger.dataSource.query(sql, parameters);

async function message(correlationId = 'order-1', priority = 2): Promise<string> {
  const [id = ''] = await append(ledger.dataSource, { correlationId, priority });
  return id;
}

async function settled(outcome: Settlement['outcome'], correlationId?: string): Promise<string> {
  const messageId = await message(correlationId);
  await claimOutbox(ledger.dataSource, 1, 60_000);
  const error = outcome === 'confirmed' ? null : 'because';
  await settleOutbox(ledger.dataSource, [{ messageId, attempt: 1, outcome, error, delay: 60_000 }], 30_000);
  return messageId;
}

const receipt = (messageId: string, consumer: string, state: Receipt['state']) =>
  applyReceipts(ledger.dataSource, consumer, [
    {
      messageId,
      state,
      attempt: 2,
      receivedAt: '2026-01-02T03:04:05.000Z',
      processedAt: state === 'processed' ? '2026-01-02T03:04:05.250Z' : null,
      dueAt: null,
      error: state === 'processed' ? null : 'no',
    },
  ]);

describe('the journey of a message', () => {
  it('begins when it is recorded: nothing is known but that, and both consumers are awaited', async () => {
    const id = await message('order-1', 4);

    const awaited = {
      state: 'awaited',
      attempts: 0,
      receivedAt: null,
      processedAt: null,
      receiptAt: null,
      error: null,
    };
    expect(await find()).toEqual([
      {
        id,
        type: 'order.placed',
        producer: 'order',
        priority: 'urgent',
        state: 'pending',
        outcome: null,
        attempts: 0,
        recordedAt: expect.stringMatching(/Z$/),
        sentAt: null,
        confirmedAt: null,
        error: null,
        deliveries: [
          { consumer: 'payment', ...awaited },
          { consumer: 'warehouse', ...awaited },
        ],
      },
    ]);
  });

  it('shows what the broker said, and what each consumer signed', async () => {
    const id = await settled('confirmed');
    await receipt(id, 'payment', 'processed');
    await receipt(id, 'warehouse', 'retrying');

    expect(await find()).toMatchObject([
      {
        state: 'confirmed',
        outcome: 'confirmed',
        attempts: 1,
        confirmedAt: expect.any(String),
        deliveries: [
          {
            consumer: 'payment',
            state: 'processed',
            attempts: 2,
            receivedAt: '2026-01-02T03:04:05.000Z',
            processedAt: '2026-01-02T03:04:05.250Z',
            receiptAt: expect.any(String),
          },
          { consumer: 'warehouse', state: 'retrying', processedAt: null, error: 'no' },
        ],
      },
    ]);
    const [payment] = await query(
      `select confirm_ms, process_ms, receipt_ms from message_journey where consumer = 'payment'`,
    );
    expect(payment).toEqual({
      confirm_ms: expect.stringMatching(/^\d+\.\d$/),
      process_ms: '250.0',
      receipt_ms: expect.stringMatching(/^\d+\.\d$/),
    });
  });

  it('shows what went wrong on the way out', async () => {
    await settled('nacked');
    await settled('parked');

    expect(await find()).toMatchObject([
      { state: 'pending', outcome: 'nacked', error: 'because' },
      { state: 'parked', outcome: null, error: 'because' },
    ]);
  });

  it('calls a consumer overdue when its time is over, while the message is confirmed', async () => {
    const id = await settled('confirmed');
    await receipt(id, 'payment', 'processed');
    const states = async () => (await find())[0]?.deliveries.map(({ state }) => state);
    expect(await states()).toEqual(['processed', 'awaited']);

    await query('update outbox_message set overdue_at = clock_timestamp()');
    expect(await states()).toEqual(['processed', 'overdue']);

    await query(`update outbox_message set overdue_rounds = 1, overdue_at = clock_timestamp() + interval '1 hour'`);
    expect(await states()).toEqual(['processed', 'overdue']);
  });
});

describe('finding', () => {
  const idsOf = async (wanted: JourneyQuery) => (await find(wanted)).map(({ id }) => id);

  it('takes the newest up to the limit, and tells them in the order in which they were recorded', async () => {
    const [, second, third] = [await message(), await message(), await message()];

    expect(await idsOf({ limit: 2 })).toEqual([second, third]);
  });

  it('goes by correlation', async () => {
    const [one, , two] = [await message('order-1'), await message('order-2'), await message('order-1')];

    expect(await idsOf({ correlationId: 'order-1' })).toEqual([one, two]);
    expect(await idsOf({ correlationId: `order-1' or true --` })).toEqual([]);
  });

  it('goes by the state of the message, or of any of its deliveries, and brings all deliveries', async () => {
    const parked = await settled('parked');
    const processed = await settled('confirmed');
    await receipt(processed, 'payment', 'processed');
    const dead = await settled('confirmed');
    await receipt(dead, 'payment', 'dead');
    await receipt(dead, 'warehouse', 'retrying');
    const pending = await message();

    expect(await idsOf({ state: 'pending' })).toEqual([pending]);
    expect(await idsOf({ state: 'parked' })).toEqual([parked]);
    expect(await idsOf({ state: 'confirmed' })).toEqual([processed, dead]);
    expect(await idsOf({ state: 'awaited' })).toEqual([parked, processed, pending]);
    expect(await idsOf({ state: 'overdue' })).toEqual([]);
    expect(await idsOf({ state: 'processed' })).toEqual([processed]);
    expect(await idsOf({ state: 'dead' })).toEqual([dead]);
    expect(await idsOf({ state: 'retrying' })).toEqual([dead]);
    expect((await find({ state: 'dead' }))[0]?.deliveries).toHaveLength(2);
  });

  it('goes by both', async () => {
    const mine = await settled('confirmed', 'order-1');
    await settled('confirmed', 'order-2');
    await message('order-1');

    expect(await idsOf({ correlationId: 'order-1', state: 'confirmed' })).toEqual([mine]);
  });
});
