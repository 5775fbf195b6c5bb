import { randomUUID } from 'node:crypto';
import { createDatabase, eventually, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import type { DataSource, QueryRunner } from 'typeorm';
import { database } from '../database';
import { orderEnvironment } from '../environment';
import { OrderModule } from '../order.module';

// What the specs about Idempotency-Key share: the order service, and ways to stop a request in the middle.

/** An advisory lock. Whoever holds it stops requests in the statement that takes the lock of their key. */
const gate = 4_711;

export const one = { orders: 1, messages: 1, kept: 1 };
export const none = { orders: 0, messages: 0, kept: 0 };

/** The request of a customer whom nobody else is. */
export const orderBody = () => ({
  customerId: `customer-${randomUUID()}`,
  priority: 'normal',
  lines: [
    { sku: 'mug', quantity: 2 },
    { sku: 'teapot', quantity: 1 },
  ],
  payment: { token: 'tok_approved' },
});

/** The service for a whole spec file. Its keys are kept for two hours. */
export function useShop(): Shop {
  const shop = new Shop();
  beforeAll(() => shop.open());
  afterAll(() => shop.close());
  return shop;
}

export class Shop {
  order!: TestApp;
  /** As the service's role, which may see what its own sessions wait for, and end them. */
  dataSource!: DataSource;
  private postgres!: TestDatabase;

  async open(): Promise<void> {
    this.postgres = await createDatabase(database);
    this.dataSource = await this.postgres.connect();
    const owner = await this.postgres.connect('owner', 1);
    await owner.query(
      `create function hashtextextended(text, bigint) returns bigint language plpgsql as $$ begin
         perform pg_advisory_lock_shared(${gate});
         perform pg_advisory_unlock_shared(${gate});
         return pg_catalog.hashtextextended($1, $2);
       end $$`,
    );
    const gateFirst = encodeURIComponent(`-c search_path=${database.schema},pg_catalog`);
    this.order = await startApp(OrderModule, {
      service: 'order',
      environment: orderEnvironment,
      databaseUrl: `${this.postgres.url()}?options=${gateFirst}`,
      variables: {
        PAYMENT_URL: 'http://127.0.0.1:1',
        WAREHOUSE_URL: 'http://127.0.0.1:1',
        IDEMPOTENCY_KEY_TTL: '2h',
      },
    });
  }

  async close(): Promise<void> {
    await this.order.app.close();
    await this.postgres.drop();
  }

  async place(body: object | string, key?: string) {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
    const answer = await this.order.app.inject({ method: 'POST', url: '/orders', payload, headers });
    return {
      status: answer.statusCode,
      text: answer.payload,
      body: answer.json(),
      type: answer.headers['content-type'],
      location: answer.headers.location,
      replayed: answer.headers['idempotent-replayed'],
      retryAfter: answer.headers['retry-after'],
    };
  }

  /** What there is of a customer: orders, events that tell of them, kept answers. */
  async countsOf({ customerId }: { customerId: string }) {
    const [counts] = await this.dataSource.query(
      `select (select count(*)::int from "order" where customer_id = $1) as orders,
         (select count(*)::int from outbox_message where payload ->> 'customerId' = $1) as messages,
         (select count(*)::int from kept_answer where customer_id = $1) as kept`,
      [customerId],
    );
    return counts as { orders: number; messages: number; kept: number };
  }

  /** Another session of the service's role, in a transaction. What it has locked is free after the work, or its rollback. */
  async withSession<Result>(work: (session: QueryRunner) => Promise<Result>): Promise<Result> {
    const session = this.dataSource.createQueryRunner();
    await session.startTransaction();
    try {
      return await work(session);
    } finally {
      if (session.isTransactionActive) await session.rollbackTransaction();
      await session.release();
    }
  }

  /** Stops requests before they take the lock of their key, and after the statement that does so has begun. */
  async closeGate(session: QueryRunner): Promise<void> {
    await session.query('select pg_advisory_xact_lock($1)', [gate]);
  }

  /** Stops requests when all of their order is written but its event, and nothing committed. */
  async holdOutbox(session: QueryRunner): Promise<void> {
    await session.query('lock table outbox_message in share mode');
  }

  /** The process ids of the sessions that wait for others' locks, once there are so many. */
  async waiting(sessions: number): Promise<number[]> {
    return eventually(`${sessions} sessions wait`, async () => {
      const rows: { pid: number }[] = await this.dataSource.query(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(sessions);
      return rows.map(({ pid }) => pid);
    });
  }
}
