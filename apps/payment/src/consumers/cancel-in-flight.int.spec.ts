import { OrderCancelled, OrderPlaced } from '@waybill/contracts';
import { v7 as uuidv7 } from 'uuid';
import { operationKey } from '../domain/payment-gateway';
import { cancelled, cutOnce, Gate, order, usePayment } from './setup.spec';

const payment = usePayment();

/** In each of these the order's message is at the gateway, or back from it, when the cancel comes. */
describe('a cancel that comes while the gateway is asked', () => {
  it('finds nothing to give back before the charge: whoever charges gives it back, and tells nobody', async () => {
    const placed = order();
    const gate = new Gate();
    payment.gateway.beforeAuthorizing = gate.pass;
    const authorizing = payment.harness.deliver(OrderPlaced, placed);
    await gate.reached;

    const cancel = await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const logAtCancel = await payment.log(placed.orderId);
    gate.open();
    const { state, recorded } = await authorizing;

    expect({ cancel: cancel.state, logAtCancel }).toEqual({ cancel: 'processed', logAtCancel: [] });
    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.stateOf(placed.orderId)).toBe('voided');
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('has said so before it looks: a charge that comes just after is given back', async () => {
    const placed = order();
    const [charge, look] = [new Gate(), new Gate()];
    payment.gateway.beforeAuthorizing = charge.pass;
    payment.gateway.afterFinding = look.pass;
    const authorizing = payment.harness.deliver(OrderPlaced, placed);
    await charge.reached;
    const cancelling = payment.harness.deliver(OrderCancelled, cancelled(placed));
    await look.reached;
    charge.open();
    const { state, recorded } = await authorizing;
    look.open();

    expect((await cancelling).state).toBe('processed');
    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.stateOf(placed.orderId)).toBe('voided');
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('gives the charge back itself before the answer, and it is given back once', async () => {
    const placed = order();
    const gate = new Gate();
    payment.gateway.afterAuthorizing = gate.pass;
    const authorizing = payment.harness.deliver(OrderPlaced, placed);
    await gate.reached;

    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const logAtCancel = await payment.log(placed.orderId);
    gate.open();
    const { state, recorded } = await authorizing;

    expect(logAtCancel).toEqual(['authorize approved', 'void approved']);
    expect({ state, recorded }).toEqual({ state: 'processed', recorded: [] });
    expect(await payment.log(placed.orderId)).toEqual(logAtCancel);
  });

  it('has the charge given back on the next attempt, when the one that charged did not live to do it', async () => {
    const placed = order();
    const gate = new Gate();
    payment.gateway.beforeAuthorizing = gate.pass;
    payment.gateway.afterAuthorizing = cutOnce();
    const authorizing = payment.harness.deliver(OrderPlaced, placed);
    await gate.reached;
    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    gate.open();
    const { state, messageId } = await authorizing;
    const logBetween = await payment.log(placed.orderId);

    const later = await payment.harness.retry(messageId);

    expect({ state, logBetween }).toEqual({ state: 'retrying', logBetween: ['authorize approved'] });
    expect(later).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('is seen in the transaction at the latest: nobody is told, and the next attempt looks again', async () => {
    const placed = order();
    const messageId = uuidv7();
    const other = payment.harness.dataSource.createQueryRunner();
    await other.startTransaction();
    try {
      // Whoever has the message's inbox row holds its transaction up before it can look at the payment.
      await other.query(
        `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state,
           attempts_allowed, received_at, processed_at)
         values ($1, 'payment', 'order', 'order.placed', 1, 2, $2, 'processed', 3, now(), now())`,
        [messageId, placed.orderId],
      );
      const authorizing = payment.harness.deliver(OrderPlaced, placed, { messageId });
      await someoneWaitsForALock();
      await payment.harness.deliver(OrderCancelled, cancelled(placed));
      await other.rollbackTransaction();
      const { state, error, recorded } = await authorizing;

      const later = await payment.harness.retry(messageId);

      expect({ state, recorded }).toEqual({ state: 'retrying', recorded: [] });
      expect(error).toContain('was cancelled while the gateway answered');
      expect(later).toMatchObject({ state: 'processed', recorded: [] });
      expect(await payment.stateOf(placed.orderId)).toBe('voided');
      expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
    } finally {
      await other.release();
    }
  });

  it('never leaves anything held, whichever of many comes first', async () => {
    const orders = Array.from({ length: 20 }, () => order());

    const results = await Promise.all(
      orders.flatMap((placed, index) => {
        const messages = [
          () => payment.harness.deliver(OrderPlaced, placed),
          () => payment.harness.deliver(OrderCancelled, cancelled(placed)),
        ];
        return (index % 2 ? messages : messages.reverse()).map((deliver) => deliver());
      }),
    );
    for (const { state, messageId } of results) if (state === 'retrying') await payment.harness.retry(messageId);

    for (const { orderId } of orders) {
      expect(await payment.stateOf(orderId)).toBe('voided');
      expect([[], ['authorize approved', 'void approved']]).toContainEqual(await payment.log(orderId));
    }
  });
});

/** The broker gives a message out again when it loses the one who has it, who may be at the gateway still. */
describe('a cancel, and an order in two handlers at once', () => {
  it('gives the charge back, though the second was done before it came, and the first fails to', async () => {
    const placed = order();
    const messageId = uuidv7();
    const gate = new Gate();
    payment.gateway.beforeAuthorizing = gate.pass;
    payment.gateway.beforeVoiding = cutOnce();
    const first = payment.harness.deliver(OrderPlaced, placed, { messageId });
    await gate.reached;
    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const second = await payment.harness.deliver(OrderPlaced, placed, { messageId, redelivered: true });
    gate.open();
    await first;

    const later = second.state === 'retrying' ? await payment.harness.retry(messageId) : second;

    expect(later).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.log(placed.orderId)).toEqual(['authorize approved', 'void approved']);
  });

  it('gives back the charge of a process that has died, when it lands after that', async () => {
    const placed = order();
    const messageId = uuidv7();
    const { gateway, harness } = payment;
    const died = new Gate();
    gateway.beforeAuthorizing = died.pass;
    const first = harness.deliver(OrderPlaced, placed, { messageId });
    await died.reached;
    await harness.deliver(OrderCancelled, cancelled(placed));
    const early = await harness.deliver(OrderPlaced, placed, { messageId, redelivered: true });
    const { orderId, total: amount, currency } = placed;
    const request = { key: operationKey(orderId, 'authorize'), orderId, amount, currency, token: 'tok_approved' };
    await gateway.authorize(request, AbortSignal.timeout(5_000));

    const later = await harness.retry(messageId);

    expect(early).toMatchObject({ state: 'retrying', recorded: [] });
    expect(early.error).toContain('its charge may be on its way');
    expect(later).toMatchObject({ state: 'processed', recorded: [] });
    expect(await payment.log(orderId)).toEqual(['authorize approved', 'void approved']);
    died.open();
    await first;
  });

  it('is done with it when no charge came within the time that the gateway has', async () => {
    const placed = order();
    payment.gateway.beforeAuthorizing = cutOnce();
    const { messageId } = await payment.harness.deliver(OrderPlaced, placed);
    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    const early = await payment.harness.retry(messageId);
    await payment.harness.dataSource.query(
      `update payment set asked_at = asked_at - interval '5 seconds' where order_id = $1`,
      [placed.orderId],
    );

    const later = await payment.harness.retry(messageId);

    expect(early.state).toBe('retrying');
    expect(later.state).toBe('processed');
    expect(await payment.log(placed.orderId)).toEqual([]);
  });

  it('is not asked for, when the cancel comes between the look at the gateway and the charge', async () => {
    const placed = order();
    const { orderId } = placed;
    payment.gateway.beforeAuthorizing = cutOnce();
    const { messageId } = await payment.harness.deliver(OrderPlaced, placed);
    const look = new Gate();
    payment.gateway.afterFinding = look.pass;
    const retrying = payment.harness.retry(messageId);
    await look.reached;
    await payment.harness.deliver(OrderCancelled, cancelled(placed));
    look.open();
    await retrying;

    expect(payment.asked(orderId).filter((operation) => operation === 'authorize')).toHaveLength(1);
    expect(await payment.log(orderId)).toEqual([]);
  });
});

async function someoneWaitsForALock(): Promise<void> {
  const rows: unknown[] = await payment.harness.dataSource.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  if (rows.length === 0) await someoneWaitsForALock();
}
