import fc from 'fast-check';
import { advance, type Fact, type Happening, type OrderFlow } from './order-flow';

/** What the warehouse has before the first order. */
const onHandAtFirst = 5;

/** A message on its way to one service, about one of the orders. */
interface Message {
  readonly to: 'order' | 'payment' | 'warehouse';
  readonly about: number;
  readonly happening: Happening | { readonly kind: 'order-placed' | 'order-confirmed' | 'order-cancelled' };
}

interface Account {
  readonly card: 'good' | 'declined' | 'capture-fails';
  state: 'unknown' | 'held' | 'declined' | 'voided' | 'captured' | 'capture-failed';
  held: number;
  taken: number;
}

interface Reservation {
  readonly quantity: number;
  state: 'unknown' | 'reserved' | 'rejected' | 'released' | 'dispatched';
}

interface Buyer {
  readonly total: number;
  readonly quantity: number;
  readonly card: Account['card'];
}

/** The three services as far as an order's money and goods go: all that counts, and no broker that would keep anything in order. */
class Shop {
  readonly orders: OrderFlow[];
  readonly accounts: Account[];
  readonly reservations: Reservation[];
  readonly told: Fact['kind'][][];
  readonly sent: Message[] = [];
  readonly pending: Message[] = [];
  onHand = onHandAtFirst;
  reserved = 0;

  constructor(buyers: readonly Buyer[]) {
    this.orders = buyers.map(({ total }) => ({
      status: 'placed',
      total,
      currency: 'EUR',
      payment: null,
      stock: null,
      capture: null,
      captureFailure: null,
      dispatched: false,
      cancelReason: null,
    }));
    this.accounts = buyers.map(({ card }) => ({ card, state: 'unknown', held: 0, taken: 0 }));
    this.reservations = buyers.map(({ quantity }) => ({ quantity, state: 'unknown' }));
    this.told = buyers.map(() => []);
    for (const about of buyers.keys()) this.tell(about, 'order-placed');
  }

  deliver({ to, about, happening }: Message): void {
    if (to === 'order') this.happen(about, happening as Happening);
    else if (to === 'payment') this.pay(about, happening.kind);
    else this.ship(about, happening.kind);
    if (this.reserved < 0 || this.reserved > this.onHand)
      throw new Error(`${this.reserved} of ${this.onHand} reserved`);
  }

  happen(about: number, happening: Happening): void {
    const seen = advance(at(this.orders, about), happening);
    if (seen.outcome === 'impossible') throw new Error(seen.reason);
    if (seen.outcome !== 'changed') return;
    this.orders[about] = seen.order;
    if (seen.order.status === 'completed' && at(this.reservations, about).state !== 'dispatched') {
      throw new Error('completed, and its goods are in the warehouse');
    }
    if (seen.fact === null) return;
    at(this.told, about).push(seen.fact.kind);
    this.tell(about, `order-${seen.fact.kind}`);
  }

  private pay(about: number, kind: string): void {
    const account = at(this.accounts, about);
    const { total: amount, currency } = at(this.orders, about);
    if (kind === 'order-placed' && account.state === 'unknown') {
      account.state = account.card === 'declined' ? 'declined' : 'held';
      if (account.state === 'held') account.held = amount;
      this.answer(
        about,
        account.state === 'held' ? { kind: 'payment-authorized', amount, currency } : { kind: 'payment-declined' },
      );
    }
    if (kind === 'order-confirmed' && account.state === 'held') {
      account.state = account.card === 'good' ? 'captured' : 'capture-failed';
      if (account.state === 'captured') account.taken += account.held;
      account.held = 0;
      const captured: Happening = { kind: 'payment-captured', amount, currency };
      const failed: Happening = { kind: 'payment-capture-failed', reason: 'card closed' };
      this.answer(about, account.state === 'captured' ? captured : failed);
    }
    if (kind === 'order-cancelled' && account.state !== 'declined') {
      account.state = 'voided';
      account.held = 0;
    }
  }

  private ship(about: number, kind: string): void {
    const reservation = at(this.reservations, about);
    const { quantity, state } = reservation;
    if (kind === 'order-placed' && state === 'unknown') {
      reservation.state = quantity <= this.onHand - this.reserved ? 'reserved' : 'rejected';
      if (reservation.state === 'reserved') this.reserved += quantity;
      this.answer(about, { kind: `stock-${reservation.state}` });
    }
    if (kind === 'order-confirmed' && state === 'reserved') {
      reservation.state = 'dispatched';
      this.reserved -= quantity;
      this.onHand -= quantity;
      this.answer(about, { kind: 'shipment-dispatched' });
    }
    if (kind === 'order-cancelled' && state !== 'rejected') {
      reservation.state = 'released';
      if (state === 'reserved') this.reserved -= quantity;
    }
  }

  private tell(about: number, kind: 'order-placed' | 'order-confirmed' | 'order-cancelled'): void {
    this.send({ to: 'payment', about, happening: { kind } }, { to: 'warehouse', about, happening: { kind } });
  }

  private answer(about: number, happening: Happening): void {
    this.send({ to: 'order', about, happening });
  }

  private send(...messages: Message[]): void {
    this.sent.push(...messages);
    this.pending.push(...messages);
  }
}

/** One thing that comes next, whatever it is: a message, one that came before, a customer, a clock. */
const step = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('deliver' as const) },
    { weight: 4, arbitrary: fc.constant('deliver-again' as const) },
    { weight: 1, arbitrary: fc.constantFrom('cancel-requested' as const, 'deadline-passed' as const) },
  ),
  which: fc.nat(),
});

const buyers = fc.array(
  fc.record({
    total: fc.integer({ min: 0, max: 1_000_000 }),
    quantity: fc.integer({ min: 1, max: 4 }),
    card: fc.constantFrom('good' as const, 'good' as const, 'declined' as const, 'capture-fails' as const),
  }),
  { minLength: 1, maxLength: 3 },
);

test('however messages come, again and again, with cancels and deadlines between: each order ends, and money and goods add up', () => {
  const ends = new Set<string>();

  fc.assert(
    fc.property(buyers, fc.array(step, { maxLength: 80 }), (orders, steps) => {
      const shop = new Shop(orders);
      for (const { kind, which } of steps) {
        if (kind === 'deliver') deliverOne(shop, which);
        else if (kind === 'deliver-again') shop.deliver(at(shop.sent, which % shop.sent.length));
        else shop.happen(which % orders.length, { kind });
      }
      while (shop.pending.length > 0) deliverOne(shop, 0);
      for (const about of orders.keys()) ends.add(endOf(shop, about));
      const dispatched = shop.reservations.filter(({ state }) => state === 'dispatched');
      const gone = dispatched.reduce((sum, { quantity }) => sum + quantity, 0);
      expect({ reserved: shop.reserved, onHand: shop.onHand }).toEqual({ reserved: 0, onHand: onHandAtFirst - gone });
    }),
    { numRuns: 2_000 },
  );

  expect([...ends].sort()).toEqual([
    'cancelled: customer',
    'cancelled: deadline',
    'cancelled: out-of-stock',
    'cancelled: payment-declined',
    'completed',
    'confirmed, capture failed',
  ]);
});

/** Holds an order that has ended to what its end promises, and names that end. */
function endOf(shop: Shop, about: number): string {
  const { status, total, capture, dispatched, cancelReason } = at(shop.orders, about);
  const { held, taken } = at(shop.accounts, about);
  const goods = at(shop.reservations, about).state === 'dispatched' ? 'dispatched' : 'kept';
  const seen = { status, capture, dispatched, held, taken, goods, told: at(shop.told, about) };
  const out = { dispatched: true, held: 0, goods: 'dispatched', told: ['confirmed'] };
  if (status === 'completed') {
    expect(seen).toEqual({ ...out, status, capture: 'captured', taken: total });
    return status;
  }
  if (status === 'confirmed') {
    expect(seen).toEqual({ ...out, status, capture: 'failed', taken: 0 });
    return 'confirmed, capture failed';
  }
  const nothing = { capture: null, dispatched: false, held: 0, taken: 0, goods: 'kept', told: ['cancelled'] };
  expect(seen).toEqual({ ...nothing, status: 'cancelled' });
  return `cancelled: ${cancelReason}`;
}

function deliverOne(shop: Shop, which: number): void {
  const [message] = shop.pending.splice(which % Math.max(shop.pending.length, 1), 1);
  if (message) shop.deliver(message);
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`there is no ${index}`);
  return value;
}
