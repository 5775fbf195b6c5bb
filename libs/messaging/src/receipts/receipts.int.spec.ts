import { Recorder } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { ConfirmPublisher } from '../broker/confirm-publisher';
import { type Bench, queueType, setUp, testCatalogue } from '../broker/setup.spec';
import { receiptsQueue } from '../broker/topology';
import type { ReceivedMessage } from '../codec';
import { FreshReceipts } from '../fresh-receipts';
import { MessageSteps, type StepTaken } from '../message-step';
import type { MessagingOptions } from '../messaging-options';
import { append, envelope, rowOf, useLedger } from '../setup.spec';
import { ReceiptReceiver } from './receipt-receiver';
import { ReceiptSender } from './receipt-sender';

// From payment's inbox over the broker to order's ledger; both have their tables in one database here.

const ledger = useLedger();
const optionsOf = (service: string) => ({ service, catalogue: testCatalogue, queueType }) as MessagingOptions;
const queue = receiptsQueue('order', queueType).name;

let bench: Bench;
beforeEach(async () => {
  bench = await setUp();
});
afterEach(() => bench.tearDown());

async function setUpSender() {
  const { connection } = bench.connect('payment', 'publish');
  const publisher = new ConfirmPublisher({ connection });
  const opened = new Promise<void>((resolve) => publisher.onReady(resolve));
  publisher.start();
  await opened;
  const steps = new MessageSteps();
  const taken = new Recorder<StepTaken>();
  steps.on(taken.record);
  const fresh = new FreshReceipts();
  const sender = new ReceiptSender(ledger.dataSource, publisher, fresh, steps, optionsOf('payment'));
  return { sender, fresh, steps, taken, close: () => publisher.close(0) };
}

function receive(message: ReceivedMessage) {
  const steps = new MessageSteps();
  const taken: StepTaken[] = [];
  steps.on((step) => taken.push(step));
  return new ReceiptReceiver(ledger.dataSource, steps, optionsOf('order')).receive(message, queue).then(() => taken);
}

/** A message that payment has processed, of such a producer. */
async function processed(producer = 'order', messageId = uuidv7(), receiptLease = 0): Promise<string> {
  await ledger.dataSource.query(
    `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_started,
       attempts_finished, attempts_allowed, received_at, processed_at, receipt_due_at)
     values ($1, 'payment', $2, 'order.placed', 1, 2, 'c', 'processed', 1, 1, 3, clock_timestamp(), clock_timestamp(),
       clock_timestamp() + $3 * interval '1 millisecond')`,
    [messageId, producer, receiptLease],
  );
  return messageId;
}

/** A message that this process has just processed: nobody else sends its receipt now. */
async function justProcessed(fresh: FreshReceipts): Promise<string> {
  const message = envelope();
  await processed('order', message.messageId, 60_000);
  fresh.offer(message, 'payment', { receivedAt: new Date(), processedAt: new Date() });
  return message.messageId;
}

const sent = async (messageId: string) => {
  const { receipt_seq, receipt_sent_seq } = (await rowOf(ledger.dataSource, 'inbox_message', messageId)) ?? {};
  return receipt_seq === receipt_sent_seq;
};

describe('receipts', () => {
  it('go in one message to each producer, confirmed, and end in the ledger', async () => {
    const { sender, taken, close } = await setUpSender();
    const ids = await append(ledger.dataSource, { consumers: ['payment'] }, { consumers: ['payment'] });
    for (const id of ids) await processed('order', id);
    const other = await processed('warehouse');

    expect(await sender.runOnce()).toBe(3);
    await close();

    const messages = await bench.vhost.take(queue);
    expect(messages).toHaveLength(1);
    expect(await bench.vhost.take(receiptsQueue('warehouse', queueType).name)).toHaveLength(1);
    expect(messages[0]?.properties).toMatchObject({
      type: 'waybill.receipts',
      userId: expect.stringMatching(/^payment\./),
      deliveryMode: 2,
    });
    for (const id of [...ids, other]) expect(await sent(id)).toBe(true);
    expect(taken.values.map(({ step }) => step)).toEqual(Array(3).fill('receipt-sent'));

    const [message] = messages;
    const applied = await receive({
      // A spec's broker user is named for its vhost, too.
      properties: { ...message?.properties, userId: 'payment' },
      body: message?.content ?? Buffer.alloc(0),
    });
    expect(applied).toMatchObject(
      ids.map(() => ({ step: 'receipt-applied', consumer: 'payment', milliseconds: expect.any(Number) })),
    );
    for (const id of ids) {
      expect(await rowOf(ledger.dataSource, 'message_receipt', id)).toMatchObject({ state: 'processed', attempt: 1 });
    }
  });

  it('of what this process has just processed go without a look into the database', async () => {
    const { sender, fresh, steps, taken, close } = await setUpSender();
    const asked = jest.spyOn(ledger.dataSource, 'query');
    const claims = () => asked.mock.calls.filter(([text]) => /with due as/.test(text)).length;
    await sender.runOnce();
    sender.start();
    const before = claims();
    const ids = [await justProcessed(fresh), await justProcessed(fresh)];

    for (const messageId of ids) steps.took({ step: 'processed', messageId, type: 'order.placed' });

    for (const messageId of ids)
      await taken.until((step) => step.step === 'receipt-sent' && step.messageId === messageId);
    expect(claims()).toBe(before);
    await sender.stop();
    await close();
    asked.mockRestore();
    for (const id of ids) expect(await sent(id)).toBe(true);
    const bodies = (await bench.vhost.take(queue)).flatMap(({ content }) => JSON.parse(content.toString()).receipts);
    expect(bodies).toEqual(
      ids.map((messageId) => ({
        messageId,
        state: 'processed',
        attempt: 1,
        receivedAt: expect.any(String),
        processedAt: expect.any(String),
        dueAt: null,
        error: null,
      })),
    );
  });

  it('of what this process has just processed are left to the database while nothing can be sent', async () => {
    const { sender, fresh, close } = await setUpSender();
    await close();
    const id = await justProcessed(fresh);

    expect(await sender.runOnce()).toBe(0);

    expect([fresh.isEmpty, await sent(id)]).toEqual([true, false]);
  });

  it('that were lost with their process are due when its lease has ended', async () => {
    const { sender, close } = await setUpSender();
    const id = await justProcessed(new FreshReceipts());
    expect(await sender.runOnce()).toBe(0);
    await ledger.dataSource.query('update inbox_message set receipt_due_at = clock_timestamp()');

    expect(await sender.runOnce()).toBe(1);

    await close();
    expect(await sent(id)).toBe(true);
  });

  it('that the broker does not confirm are not marked, and are due again', async () => {
    const { sender, taken, close } = await setUpSender();
    await bench.vhost.deleteQueue(queue);
    const id = await processed();

    expect(await sender.runOnce()).toBe(1);

    expect(await sent(id)).toBe(false);
    expect(taken.values).toEqual([]);
    await ledger.dataSource.query('update inbox_message set receipt_due_at = clock_timestamp()');
    await (await bench.vhost.channel()).assertQueue(queue, { arguments: receiptsQueue('order', queueType).arguments });
    const { exchange, routingKey } = receiptsQueue('order', queueType).bindings[0] ?? { exchange: '', routingKey: '' };
    await (await bench.vhost.channel()).bindQueue(queue, exchange, routingKey);
    await sender.runOnce();
    await close();
    expect(await sent(id)).toBe(true);
  });

  it('stay due while nothing can be sent', async () => {
    const { sender, close } = await setUpSender();
    await close();
    const id = await processed();

    expect(await sender.runOnce()).toBe(0);

    const due = await ledger.dataSource.query(
      'select from inbox_message where receipt_due_at <= clock_timestamp() and message_id = $1',
      [id],
    );
    expect(due).toHaveLength(1);
  });
});

describe('what is no receipt', () => {
  const good = { type: 'waybill.receipts', userId: 'payment' };
  const receipts = Buffer.from(
    JSON.stringify({
      receipts: [
        {
          messageId: '0198c0de-0000-7000-8000-000000000001',
          state: 'processed',
          attempt: 1,
          receivedAt: '2026-01-02T03:04:05.000Z',
          processedAt: '2026-01-02T03:04:05.000Z',
          dueAt: null,
          error: null,
        },
      ],
    }),
  );

  it.each<[string, Record<string, unknown>, Buffer, string]>([
    ['from a service that consumes nothing of ours', { ...good, userId: 'warehouse' }, receipts, 'names the sender'],
    ['from nobody', { ...good, userId: undefined }, receipts, 'names the sender'],
    ['of another type', { ...good, type: 'order.placed' }, receipts, 'the type is not waybill.receipts'],
    ['and no JSON', good, Buffer.from([0, 255]), 'the body is not JSON'],
    ['and says what nobody knows', good, Buffer.from(receipts.toString().replace('processed', 'lost')), 'not receipts'],
  ])('%s, is kept byte for byte', async (_, properties, body, reason) => {
    const taken = await receive({ properties, body });

    expect(taken).toMatchObject([{ step: 'unreadable', type: 'waybill.receipts' }]);
    const [letter] = await ledger.dataSource.query('select queue, reason, body from dead_letter');
    expect(letter).toEqual({ queue, reason: expect.stringContaining(reason), body });
  });

  it('of a message that is not here is acked, and nothing else happens', async () => {
    expect(await receive({ properties: good, body: receipts })).toEqual([]);

    expect(await ledger.dataSource.query('select from message_receipt')).toEqual([]);
    expect(await ledger.dataSource.query('select from dead_letter')).toEqual([]);
  });
});
