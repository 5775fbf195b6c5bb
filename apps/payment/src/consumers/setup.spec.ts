import type { EventData, OrderPlaced } from '@waybill/contracts';
import { Environment } from '@waybill/service';
import { createHarness, type Harness } from '@waybill/testing';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import {
  type Authorization,
  type AuthorizeRequest,
  PaymentGateway,
  type Settlement,
  type SettleRequest,
} from '../domain/payment-gateway';
import { Payment } from '../persistence/payment.entity';
import { SandboxBooks } from '../sandbox-gateway/sandbox-books';
import { SandboxEntry } from '../sandbox-gateway/sandbox-entry.entity';
import { SandboxGateway } from '../sandbox-gateway/sandbox-gateway';
import { GatewayOperations } from './gateway-operations';
import { OrderCancelledConsumer } from './order-cancelled.consumer';
import { OrderConfirmedConsumer } from './order-confirmed.consumer';
import { OrderPlacedConsumer } from './order-placed.consumer';

/** Payment's consumers with the sandbox gateway, on a database of the spec file's own. @param timeout of the gateway, in milliseconds. */
export function usePayment(timeout = 5_000): PaymentService {
  const payment = new PaymentService(timeout);
  beforeAll(() => payment.open());
  afterEach(() => payment.gateway.behave());
  afterAll(() => payment.close());
  return payment;
}

/** Where a test wants it, the gateway takes its time, or does what it is asked and loses the answer. */
class WilfulGateway extends SandboxGateway {
  /** `authorize <key>`, in the order in which they came. */
  readonly calls: string[] = [];
  beforeAuthorizing: () => Promise<void> = nothing;
  afterAuthorizing: () => Promise<void> = nothing;
  afterFinding: () => Promise<void> = nothing;
  afterCapturing: () => Promise<void> = nothing;
  beforeVoiding: () => Promise<void> = nothing;

  behave(): void {
    Object.assign(this, {
      beforeAuthorizing: nothing,
      afterAuthorizing: nothing,
      afterFinding: nothing,
      afterCapturing: nothing,
      beforeVoiding: nothing,
    });
  }

  override async authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<Authorization> {
    this.calls.push(`authorize ${request.key}`);
    await this.beforeAuthorizing();
    const answer = await super.authorize(request, signal);
    await this.afterAuthorizing();
    return answer;
  }

  override async find(key: string): Promise<Authorization | undefined> {
    this.calls.push(`find ${key}`);
    const answer = await super.find(key);
    await this.afterFinding();
    return answer;
  }

  override async capture(request: SettleRequest): Promise<Settlement> {
    this.calls.push(`capture ${request.key}`);
    const answer = await super.capture(request);
    await this.afterCapturing();
    return answer;
  }

  override async void(request: SettleRequest): Promise<Settlement> {
    this.calls.push(`void ${request.key}`);
    await this.beforeVoiding();
    return await super.void(request);
  }
}

class PaymentService {
  private opened: Harness | undefined;

  constructor(private readonly timeout: number) {}

  async open(): Promise<void> {
    this.opened = await createHarness({
      service: 'payment',
      database,
      controllers: [OrderPlacedConsumer, OrderConfirmedConsumer, OrderCancelledConsumer],
      providers: [
        GatewayOperations,
        { provide: PaymentGateway, useClass: WilfulGateway },
        { provide: SandboxBooks, useExisting: DataSource },
        { provide: Environment, useValue: { GATEWAY_TIMEOUT: this.timeout } },
      ],
    });
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }

  get harness(): Harness {
    if (!this.opened) throw new Error('The harness is opened before the first test');
    return this.opened;
  }

  get gateway(): WilfulGateway {
    return this.harness.app.get(PaymentGateway);
  }

  paymentOf(orderId: string): Promise<Payment | null> {
    return this.harness.dataSource.manager.findOneBy(Payment, { orderId });
  }

  async stateOf(orderId: string): Promise<string | undefined> {
    return (await this.paymentOf(orderId))?.state;
  }

  /** The gateway's own log for the order, oldest first: `authorize approved`. */
  async log(orderId: string): Promise<string[]> {
    const entries = await this.harness.dataSource.manager.find(SandboxEntry, {
      where: { orderId },
      order: { at: 'asc' },
    });
    return entries.map(({ operation, outcome }) => `${operation} ${outcome}`);
  }

  /** What was asked of the gateway for the order, in that order. */
  asked(orderId: string): (string | undefined)[] {
    return this.gateway.calls.filter((call) => call.includes(orderId)).map((call) => call.split(' ')[0]);
  }
}

/** Stops the first who passes it until it is opened. */
export class Gate {
  /** Resolves when somebody stands before it. Nobody else is stopped then. */
  readonly reached: Promise<void>;
  open: () => void = () => {};
  private passed = false;
  private reach: () => void = () => {};
  private readonly opened: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  readonly pass = async (): Promise<void> => {
    if (this.passed) return;
    this.passed = true;
    this.reach();
    await this.opened;
  };
}

/** The first time it is called, the line is cut. */
export function cutOnce(): () => Promise<void> {
  let cut = false;
  return async () => {
    if (cut) return;
    cut = true;
    throw new Error('the line was cut');
  };
}

async function nothing(): Promise<void> {}

export function order(
  token = 'tok_approved',
  changes: Partial<EventData<typeof OrderPlaced>> = {},
): EventData<typeof OrderPlaced> {
  return {
    orderId: uuidv7(),
    customerId: 'ada',
    lines: [{ sku: 'teapot', quantity: 2, unitPrice: 1900 }],
    total: 3800,
    currency: 'EUR',
    payment: { token },
    ...changes,
  };
}

/** What the order service says of an order when both answers are good. */
export const confirmed = ({ orderId, customerId, total, currency }: EventData<typeof OrderPlaced>) => ({
  orderId,
  customerId,
  total,
  currency,
});

export const cancelled = ({ orderId }: { orderId: string }) => ({ orderId, reason: 'customer' as const });
