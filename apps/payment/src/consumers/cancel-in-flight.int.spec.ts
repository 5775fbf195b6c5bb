import { OrderCancelled, OrderPlaced } from '@waybill/contracts';
import { v7 as uuidv7 } from 'uuid';
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

async function someoneWaitsForALock(): Promise<void> {
  const rows: unknown[] = await payment.harness.dataSource.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  if (rows.length === 0) await someoneWaitsForALock();
}
