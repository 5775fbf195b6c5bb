import { Global, Module } from '@nestjs/common';
import { OrderCancelled, OrderPlaced, PaymentAuthorized } from '@waybill/contracts';
import { Environment } from '@waybill/service';
import {
  createDatabase,
  createHarness,
  eventually,
  type Harness,
  type TestDatabase,
  testPostgresUrl,
} from '@waybill/testing';
import { Client, escapeIdentifier } from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import { Payment } from '../persistence/payment.entity';
import { SandboxEntry } from '../sandbox-gateway/sandbox-entry.entity';
import { SandboxGatewayModule } from '../sandbox-gateway/sandbox-gateway.module';
import { GatewayOperations } from './gateway-operations';
import { OrderCancelledConsumer } from './order-cancelled.consumer';
import { OrderPlacedConsumer } from './order-placed.consumer';
import { cancelled, order } from './setup.spec';

/** The gateway's log lies in a database of its own, as a foreign system's does: what it has charged stays charged, whatever we lose. */
let gatewayDatabase: TestDatabase;
let books: DataSource;
let payment: Harness;
const services: Harness[] = [];

beforeAll(async () => {
  gatewayDatabase = await createDatabase(database);
  books = await gatewayDatabase.connect('runtime', 2);
  payment = await startPayment();
});

afterAll(async () => {
  for (const service of services) await service.close();
  await gatewayDatabase.drop();
});

/** Each has a database of its own, and all the same gateway. */
async function startPayment(): Promise<Harness> {
  const environment = { GATEWAY_TIMEOUT: 2_000, SANDBOX_GATEWAY_DATABASE_URL: gatewayDatabase.url() };

  @Global()
  @Module({ providers: [{ provide: Environment, useValue: environment }], exports: [Environment] })
  class EnvironmentModule {}

  const service = await createHarness({
    service: 'payment',
    database,
    imports: [EnvironmentModule, SandboxGatewayModule],
    controllers: [OrderPlacedConsumer, OrderCancelledConsumer],
    providers: [GatewayOperations],
  });
  services.push(service);
  return service;
}

async function charges(orderId: string): Promise<string[]> {
  const entries = await books.manager.find(SandboxEntry, { where: { orderId }, order: { at: 'asc' } });
  return entries.map(({ operation, outcome, amount }) => `${operation} ${outcome} ${amount}`);
}

/** Charges the order, and takes payment's database away before the gateway's answer can be recorded. */
async function chargeAndLoseTheDatabase(placed: ReturnType<typeof order>, messageId: string): Promise<void> {
  const outcome = expect(payment.deliver(OrderPlaced, placed, { messageId })).rejects.toThrow();
  await eventually('the gateway has charged', async () => expect(await charges(placed.orderId)).toHaveLength(1));
  await allowConnections(false);
  await outcome;
}

async function allowConnections(allowed: boolean): Promise<void> {
  const admin = new Client({ connectionString: testPostgresUrl() });
  await admin.connect();
  const { name } = payment.database;
  await admin.query(`alter database ${escapeIdentifier(name)} allow_connections ${allowed}`);
  if (!allowed) await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await admin.end();
}

describe('a payment whose database goes after the gateway has charged', () => {
  afterEach(() => allowConnections(true));

  it('has its charge found by its key once the database is back, and it is the only one', async () => {
    const placed = order('tok_charge_then_hang');
    const messageId = uuidv7();
    await chargeAndLoseTheDatabase(placed, messageId);
    expect(await charges(placed.orderId)).toEqual(['authorize approved 3800']);

    await allowConnections(true);
    const { state, recordedOf } = await payment.deliver(OrderPlaced, placed, { messageId, redelivered: true });

    expect(state).toBe('processed');
    expect(recordedOf(PaymentAuthorized)).toHaveLength(1);
    expect(await charges(placed.orderId)).toEqual(['authorize approved 3800']);
  });

  it('has its charge given back when the order is cancelled before its message comes again', async () => {
    const placed = order('tok_charge_then_hang');
    const messageId = uuidv7();
    await chargeAndLoseTheDatabase(placed, messageId);

    await allowConnections(true);
    const cancel = await payment.deliver(OrderCancelled, cancelled(placed));
    const { state, recorded } = await payment.deliver(OrderPlaced, placed, { messageId, redelivered: true });

    expect(cancel.state).toBe('processed');
    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await charges(placed.orderId)).toEqual(['authorize approved 3800', 'void approved 3800']);
  });
});

it('charges an order once, though payment has lost its database and all it knew', async () => {
  const placed = order();
  await payment.deliver(OrderPlaced, placed);

  const anew = await startPayment();
  const { state, recordedOf } = await anew.deliver(OrderPlaced, placed);

  expect(state).toBe('processed');
  expect(recordedOf(PaymentAuthorized)).toHaveLength(1);
  expect(await anew.dataSource.manager.findOneBy(Payment, { orderId: placed.orderId })).toMatchObject({
    state: 'authorized',
    amount: 3800,
  });
  expect(await charges(placed.orderId)).toEqual(['authorize approved 3800']);
});
