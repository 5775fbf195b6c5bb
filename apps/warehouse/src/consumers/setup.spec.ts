import type { EventData, OrderPlaced } from '@waybill/contracts';
import { createHarness, type Harness } from '@waybill/testing';
import { v7 as uuidv7 } from 'uuid';
import { database } from '../database';
import { Reservation } from '../persistence/reservation.entity';
import { ReservationLine } from '../persistence/reservation-line.entity';
import { Stock } from '../persistence/stock.entity';
import { OrderCancelledConsumer } from './order-cancelled.consumer';
import { OrderConfirmedConsumer } from './order-confirmed.consumer';
import { OrderPlacedConsumer } from './order-placed.consumer';

/** The warehouse's consumers on a database of the spec file's own. */
export function useWarehouse(): Warehouse {
  const warehouse = new Warehouse();
  beforeAll(() => warehouse.open());
  afterAll(() => warehouse.close());
  return warehouse;
}

class Warehouse {
  private opened: Harness | undefined;

  async open(): Promise<void> {
    const controllers = [OrderPlacedConsumer, OrderConfirmedConsumer, OrderCancelledConsumer];
    this.opened = await createHarness({ service: 'warehouse', database, controllers });
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }

  get harness(): Harness {
    if (!this.opened) throw new Error('The harness is opened before the first test');
    return this.opened;
  }

  get manager() {
    return this.harness.dataSource.manager;
  }

  /** Puts so many pieces of something new on the shelf. Resolves with its sku. */
  async keep(onHand: number): Promise<string> {
    const sku = `sku-${uuidv7()}`;
    await this.manager.insert(Stock, { sku, onHand, reserved: 0 });
    return sku;
  }

  /** [on hand, reserved] */
  async counts(sku: string): Promise<[number, number]> {
    const { onHand, reserved } = await this.manager.findOneByOrFail(Stock, { sku });
    return [onHand, reserved];
  }

  /** Undefined when nothing is known of the order. */
  async stateOf(orderId: string): Promise<string | undefined> {
    return (await this.manager.findOneBy(Reservation, { orderId }))?.state;
  }

  linesOf(orderId: string): Promise<ReservationLine[]> {
    return this.manager.find(ReservationLine, { where: { orderId }, order: { sku: 'asc' } });
  }
}

export function order(...lines: [sku: string, quantity: number][]): EventData<typeof OrderPlaced> {
  return {
    orderId: uuidv7(),
    customerId: 'ada',
    lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: 100 })),
    total: 100,
    currency: 'EUR',
    payment: { token: 'tok_approved' },
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
