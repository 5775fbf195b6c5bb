import { eventually, type System } from '@waybill/testing';

/** All that is to be seen of an order once nothing about it moves any more. */
export interface Ending {
  readonly status: string;
  readonly cancelReason: string | null;
  readonly attention: readonly string[];
  /** The types of its messages. Each is confirmed by the broker, and processed by every consumer that it names. */
  readonly messages: readonly string[];
  /** By the gateway's own log, oldest first: operation, outcome, and amount in minor units. */
  readonly gateway: readonly string[];
  readonly payment: string;
  readonly reservation: string;
}

/** Awaits that an order looks so to its customer. @returns all that the customer sees. */
export async function seen(system: System, id: string, expected: Record<string, unknown>) {
  return await eventually(
    `order ${id} is ${JSON.stringify(expected)}`,
    async () => {
      const { body } = await system.order.get(`/orders/${id}`);
      expect(body).toMatchObject(expected);
      return body;
    },
    30_000,
  );
}

/** Awaits that an order has this status, and that everybody has signed for everything about it. */
export async function endingOf(system: System, id: string, status: string): Promise<Ending> {
  await seen(system, id, { status });
  await eventually(
    `every message about ${id} is signed for`,
    // What a message leads to is recorded with its processing, and this is one look at all services: from here on, nothing can follow.
    async () => expect(await system.sql('reader', selectUnsigned, [id])).toEqual([]),
    30_000,
  );
  const [order, journey, gateway, payment] = await Promise.all([
    system.order.get(`/orders/${id}`),
    system.order.get(`/orders/${id}/journey`),
    system.payment.get(`/sandbox-gateway/${id}`),
    system.payment.get(`/payments/${id}`),
  ]);
  expect(journey.body).toMatchObject({ orderId: id, status: order.body.status, unavailable: [] });
  for (const { type, state, deliveries } of journey.body.messages as JourneyMessage[]) {
    expect({ type, state }).toEqual({ type, state: 'confirmed' });
    expect(deliveries).not.toEqual([]);
    for (const delivery of deliveries) {
      expect(delivery).toMatchObject({ state: 'processed', receiptAt: expect.any(String) });
    }
  }
  const reservations = await system.sql('warehouse', 'select state from reservation where order_id = $1', [id]);
  return {
    status: order.body.status,
    cancelReason: order.body.cancelReason,
    attention: order.body.attention,
    messages: (journey.body.messages as JourneyMessage[]).map(({ type }) => type).sort(),
    gateway: (gateway.body.entries as GatewayEntry[]).map(
      ({ operation, outcome, amount }) => `${operation} ${outcome} ${amount}`,
    ),
    payment: payment.body.state,
    reservation: reservations[0]?.state,
  };
}

interface JourneyMessage {
  readonly type: string;
  readonly state: string;
  readonly deliveries: readonly object[];
}

interface GatewayEntry {
  readonly operation: string;
  readonly outcome: string;
  readonly amount: number;
}

const selectUnsigned = `
  select type, state, consumer, delivery_state, delivery_error from message_journey
  where correlation_id = $1 and (state <> 'confirmed' or delivery_state <> 'processed')`;

/** The messages about an order that is completed. */
export const completedWay = [
  'order.confirmed',
  'order.placed',
  'payment.authorized',
  'payment.captured',
  'shipment.dispatched',
  'stock.reserved',
];

/**
 * Checks, for every order there is, that the gateway has taken the money of the completed and holds none of the cancelled, that the
 * goods of the completed have left and those of the cancelled are on the shelf. None may be placed still.
 */
export async function expectConserved(system: System): Promise<void> {
  const orders = await system.sql<Conserved>('order', selectConserved);
  expect(orders.length).toBeGreaterThan(0);
  const kept = { completed: 'dispatched', confirmed: 'dispatched' } as Record<string, string>;
  expect(orders).toEqual(
    orders.map(({ id, status, capture, total, reservation }) => ({
      id,
      status: expect.stringMatching('^(completed|confirmed|cancelled)$'),
      capture,
      total,
      taken: status === 'completed' ? total : 0,
      held: status === 'confirmed' && capture === 'failed' ? total : 0,
      reservation: kept[status] ?? (reservation === 'rejected' ? 'rejected' : 'released'),
    })),
  );
  expect(await system.sql('warehouse', selectStrayReserved)).toEqual([]);
}

interface Conserved {
  readonly id: string;
  readonly status: string;
  readonly capture: string | null;
  readonly total: number;
  readonly taken: number;
  readonly held: number;
  readonly reservation: string | null;
}

const selectConserved = `
  select id, status, capture, total::int, coalesce(taken, 0)::int as taken, coalesce(held, 0)::int as held, reservation.state as reservation
  from "order"
  left join warehouse_service.reservation on reservation.order_id = id
  left join (
    select order_id,
      sum(amount) filter (where operation = 'capture') as taken,
      sum(case operation when 'authorize' then amount else -amount end) as held
    from payment_service.sandbox_gateway_entry where outcome = 'approved' group by order_id
  ) as money on money.order_id = id
  order by id`;

const selectStrayReserved = `
  select sku, reserved, asked from stock left join (
    select sku, sum(quantity)::int as asked from reservation_line join reservation using (order_id)
    where state = 'reserved' group by sku) as lines using (sku)
  where reserved <> coalesce(asked, 0)`;
