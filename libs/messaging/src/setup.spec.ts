import { Logger } from '@nestjs/common';
import { defineCatalogue, defineEvent } from '@waybill/contracts';
import { createDatabase, type TestDatabase } from '@waybill/testing';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { messagingEntities } from './entities';
import type { Envelope } from './envelope';
import { messagingMigrations } from './migrations';
import { appending } from './outbox/append';
import type { RecordedMessage } from './recorded-message';

// Specs provoke what is logged as trouble.
Logger.overrideLogger(false);

// What the specs of the slices share: three events, and a service's tables with one more, to have an effect on.

const schema = z.object({ orderId: z.string(), note: z.string().optional() });
const aggregate = (data: { orderId: string }) => data.orderId;

export const Placed = defineEvent({
  type: 'order.placed',
  version: 1,
  consumers: ['payment', 'warehouse'],
  schema,
  aggregate,
});
export const Cancelled = defineEvent({
  type: 'order.cancelled',
  version: 1,
  consumers: ['payment'],
  schema,
  aggregate,
});
export const Authorized = defineEvent({
  type: 'payment.authorized',
  version: 1,
  consumers: ['order'],
  schema,
  aggregate,
});

export const testCatalogue = defineCatalogue({ order: [Placed, Cancelled], payment: [Authorized] });

class MakeEffects implements MigrationInterface {
  readonly name = 'MakeEffects1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table effect (id serial primary key, message_id uuid not null, note text unique)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table effect');
  }
}

export const ledger = {
  schema: 'ledger_service',
  entities: messagingEntities,
  migrations: [...messagingMigrations, MakeEffects],
};

/** A database for a whole spec file, emptied before each test. */
export function useLedger(): { readonly dataSource: DataSource; readonly database: TestDatabase } {
  const holder = {} as { dataSource: DataSource; database: TestDatabase };
  beforeAll(async () => {
    holder.database = await createDatabase(ledger);
    holder.dataSource = await holder.database.connect();
  });
  beforeEach(() => empty(holder.dataSource));
  afterAll(() => holder.database.drop());
  return holder;
}

export async function empty(dataSource: DataSource): Promise<void> {
  for (const table of ['outbox_message', 'message_receipt', 'inbox_message', 'dead_letter', 'effect']) {
    await dataSource.query(`delete from ${table}`);
  }
}

export function envelope(changes: Partial<Envelope> = {}): Envelope {
  const aggregateId = uuidv7();
  return {
    messageId: uuidv7(),
    type: Placed.type,
    version: 1,
    producer: 'order',
    priority: 2,
    correlationId: aggregateId,
    causationId: undefined,
    aggregateId,
    aggregateVersion: undefined,
    ...changes,
  };
}

export function recorded(changes: Partial<RecordedMessage> = {}): RecordedMessage {
  const message = envelope(changes);
  const payload = JSON.stringify({ orderId: message.aggregateId });
  return { ...message, payload, consumers: Placed.consumers, ...changes };
}

/** Puts messages into the outbox, the first one oldest. Resolves with their ids. */
export async function append(dataSource: DataSource, ...changes: Partial<RecordedMessage>[]): Promise<string[]> {
  const messages = changes.map((change) => recorded(change));
  const { text, values } = appending(messages);
  await dataSource.query(text, values);
  return messages.map(({ messageId }) => messageId);
}

/** Resolves when so many sessions of this database wait for others' locks. */
export async function waitingForALock(dataSource: DataSource, sessions = 1): Promise<void> {
  for (;;) {
    const waiting: unknown[] = await dataSource.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length >= sessions) return;
  }
}

/** The row of a table as the database has it. */
export async function rowOf<Row = Record<string, unknown>>(
  dataSource: DataSource,
  table: 'outbox_message' | 'message_receipt' | 'inbox_message' | 'dead_letter',
  id: string,
): Promise<Row | undefined> {
  const column = table === 'outbox_message' || table === 'dead_letter' ? 'id' : 'message_id';
  const [row]: Row[] = await dataSource.query(`select * from ${table} where ${column} = $1`, [id]);
  return row;
}
