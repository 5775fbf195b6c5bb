import { Controller } from '@nestjs/common';
import type { EventData } from '@waybill/contracts';
import { createHarness, type DeliverOptions, type Harness, type HarnessOptions } from '@waybill/testing';
import { Cancelled, ledger, Placed, testCatalogue } from '../setup.spec';
import type { Transaction } from '../transaction';
import { Consume } from './consume.decorator';
import type { Delivery } from './delivery';

// What the specs of the inbox share: the payment service, with handlers that do what the test says.

type Data = EventData<typeof Placed>;

/** What the handler of order.placed does; each test sets it. */
export const behaviour: { handle: (data: Data, delivery: Delivery) => Promise<unknown> } = { handle: writeEffect };

@Controller()
export class PlacedConsumer {
  @Consume(Placed)
  async placed(data: Data, delivery: Delivery) {
    return behaviour.handle(data, delivery);
  }

  @Consume(Cancelled)
  async cancelled(_data: Data, delivery: Delivery) {
    await delivery.transaction(async (tx) => effect(tx, delivery));
  }
}

export const order: Data = { orderId: 'order-1' };

/** The harness of a whole spec file; its tables are emptied, and the handler is as at first, before each test. */
export function useHarness(options: Partial<HarnessOptions> = {}): { readonly harness: Harness } {
  const holder = {} as { harness: Harness };
  beforeAll(async () => {
    holder.harness = await createHarness({
      service: 'payment',
      database: ledger,
      catalogue: testCatalogue,
      controllers: [PlacedConsumer],
      ...options,
    });
  });
  beforeEach(async () => {
    behaviour.handle = writeEffect;
    for (const table of ['outbox_message', 'message_receipt', 'inbox_message', 'dead_letter', 'effect']) {
      await holder.harness.dataSource.query(`delete from ${table}`);
    }
  });
  afterAll(() => holder.harness.close());
  return holder;
}

export async function writeEffect(_data: Data, delivery: Delivery): Promise<void> {
  await delivery.transaction((tx) => effect(tx, delivery));
}

export async function effect(tx: Transaction, { messageId }: { messageId: string }): Promise<void> {
  await tx.manager.query('insert into effect (message_id) values ($1)', [messageId]);
}

/** A message whose first attempt failed, due now. */
export async function failed(harness: Harness, options?: DeliverOptions): Promise<string> {
  const { handle } = behaviour;
  behaviour.handle = async () => {
    throw new Error('not yet');
  };
  const { messageId } = await harness.deliver(Placed, order, options);
  behaviour.handle = handle;
  await setRow(harness, messageId, 'due_at = clock_timestamp()');
  return messageId;
}

/** How often each message had its effect. */
export async function effects({ dataSource }: Harness): Promise<Record<string, number>> {
  const rows: { message_id: string; count: number }[] = await dataSource.query(
    'select message_id, count(*)::int as count from effect group by message_id',
  );
  return Object.fromEntries(rows.map(({ message_id, count }) => [message_id, count]));
}

export interface InboxRow {
  state: string;
  attempts_started: number;
  attempts_finished: number;
  attempts_allowed: number;
  due_at: Date | null;
  body: Buffer | null;
  properties: unknown;
  error: string | null;
  receipt_seq: number;
  receipt_sent_seq: number;
  processed_at: Date | null;
  received_at: Date;
  replayed_by: string | null;
  [column: string]: unknown;
}

export async function inboxRow({ dataSource }: Harness, messageId: string): Promise<InboxRow> {
  const [row]: InboxRow[] = await dataSource.query('select * from inbox_message where message_id = $1', [messageId]);
  if (!row) throw new Error(`There is no inbox row of ${messageId}`);
  return row;
}

export function setRow({ dataSource }: Harness, messageId: string, change: string): Promise<unknown> {
  return dataSource.query(`update inbox_message set ${change} where message_id = $1`, [messageId]);
}

/** A promise and the hand that resolves it. */
export function gate<Value = void>() {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
