import { eventually, type ServiceProcess, type System, startSystem, testPostgresUrl } from '@waybill/testing';
import { Client } from 'pg';
import { endingOf } from '../test/order-ending';
import { placeOrder } from '../test/orders';
import { type GatewayBooks, openGatewayBooks } from './gateway-books';

let books: GatewayBooks;
let system: System;
let another: ServiceProcess;

beforeAll(async () => {
  books = await openGatewayBooks(testPostgresUrl());
  system = await startSystem({
    env: {
      PAYMENT_SANDBOX_GATEWAY_DATABASE_URL: books.url,
      PAYMENT_GATEWAY_TIMEOUT: '1s',
      HANDLER_DEADLINE: '4s',
      OVERDUE_AFTER: '3s',
    },
  });
  another = await system.startAnother('payment');
});

afterAll(async () => {
  await system?.end();
  await books?.end();
});

const total = 2 * 1250;
const charged = `authorize approved ${total}`;

test('whatever dies around it, the gateway’s own books have each order charged once at most, and nothing held', async () => {
  for (const victim of [system.payment, another]) {
    const orders = await placeSome();
    await eventually('the gateway has charged some of them', async () =>
      expect((await books.entries()).some(({ orderId }) => orders.includes(orderId))).toBe(true),
    );
    await victim.kill();
    await cancelHalf(orders);
    await victim.start();
    const others = await placeSome();
    await loseDatabase();
    await cancelHalf(others);
    placed.push(...orders, ...others);
  }

  for (const id of placed) {
    const status = await endOf(id);
    const { payment } = await endingOf(system, id, status);
    const entries = (await books.entries()).filter(({ orderId }) => orderId === id);
    const log = entries.map(({ operation, outcome, amount }) => `${operation} ${outcome} ${amount}`);
    expect({ id, status, payment, log }).toEqual({ id, status, ...expected(status, payment, log) });
  }
});

const placed: string[] = [];
const tokens = ['tok_approved', 'tok_charge_then_hang', 'tok_slow', 'tok_declined'];

async function placeSome(): Promise<string[]> {
  return await Promise.all([...tokens, ...tokens].map((token) => placeOrder(system, { token })));
}

/** Those that are confirmed already refuse. */
async function cancelHalf(orders: readonly string[]): Promise<void> {
  const answers = await Promise.all(
    orders.filter((_id, i) => i % 2).map((id) => system.order.post(`/orders/${id}/cancel`, {})),
  );
  for (const { status } of answers) expect([200, 409]).toContain(status);
}

/** Every service loses its connections, wherever it is, and gets no other until one of them has noticed. */
async function loseDatabase(): Promise<void> {
  const admin = new Client({ connectionString: testPostgresUrl() });
  await admin.connect();
  await admin.query(`alter database "${system.database}" allow_connections false`);
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename like '%_service'`,
    [system.database],
  );
  await eventually('it is noticed', async () => expect((await system.order.get('/health/ready')).status).toBe(503));
  await admin.query(`alter database "${system.database}" allow_connections true`);
  await admin.end();
  for (const service of [...system.services, another]) {
    await eventually(`${service.url} has it back`, async () =>
      expect((await service.get('/health/ready')).status).toBe(200),
    );
  }
}

async function endOf(id: string): Promise<string> {
  return await eventually(
    `order ${id} has ended`,
    async () => {
      const { status } = (await system.order.get(`/orders/${id}`)).body;
      expect(['completed', 'cancelled']).toContain(status);
      return status;
    },
    60_000,
  );
}

function expected(status: string, payment: string, log: readonly string[]) {
  if (status === 'completed') return { payment: 'captured', log: [charged, `capture approved ${total}`] };
  if (payment === 'declined') return { payment, log: [`authorize declined ${total}`] };
  const asked = log[0];
  if (asked === undefined) return { payment: 'voided', log: [] };
  return {
    payment: 'voided',
    log: asked === charged ? [charged, `void approved ${total}`] : [`authorize declined ${total}`],
  };
}
