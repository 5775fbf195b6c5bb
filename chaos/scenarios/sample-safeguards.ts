import { eventually } from '@waybill/testing';
import type { Scenario } from '../scenario';

/** The gateway charges, and its answer never comes: the first attempt fails when its time is up, the next one finds the charge. */
const hangs = { token: 'tok_charge_then_hang' };

/** As many as are in one process's hands at a time. */
const customers = 10;

/** What the sample domain alone can bring about. */
export const sampleSafeguardScenarios: readonly Scenario[] = [
  {
    name: 'receipt-overtaken',
    family: 'messages',
    does: 'messages fail and succeed while the receipts that tell of the failure are on their way; nobody asks for others later',
    rate: 0,
    // Time enough to stop the broker in, and not so long that anybody misses its heartbeats.
    env: { OVERDUE_AFTER: '1h', GATEWAY_TIMEOUT: '4s' },
    recoversWithin: 45,
    run: async ({ broker, system, load, say }) => {
      const { payment } = system;
      const lines = [{ sku: 'mug', quantity: 1 }];
      const place = () =>
        load.place((customerId) => ({ path: '/orders', body: { customerId, lines, payment: hangs } }));
      await Promise.all(Array.from({ length: customers }, place));
      await payment.step({ step: 'received', type: 'order.placed' });
      await broker.suspend();
      await payment.step({ step: 'retrying', type: 'order.placed' });
      const overtaken = await eventually('receipts are overtaken', async () => {
        const rows = await system.sql(
          'payment',
          `select from inbox_message where state = 'processed' and receipt_seq > 1 and receipt_sent_seq = 0`,
        );
        if (rows.length === 0) throw new Error('none is');
        return rows.length;
      });
      say(`${overtaken} messages were processed while the receipts of their failure were out`);
      await broker.resume();
    },
  },
  {
    name: 'stock-by-hand',
    family: 'postgres',
    does: 'somebody writes down the stock by hand, to less than nothing and to less than is set aside',
    run: async ({ system, more, say }) => {
      await more(10);
      for (const less of ['on_hand = -1, reserved = 0', 'reserved = on_hand + 1']) {
        const refusal = await system.sql('warehouse', `update stock set ${less} where sku = 'umbrella'`).then(
          () => undefined,
          (error: Error & { code?: string }) => {
            if (error.code !== checkViolation) throw error;
            return error.message;
          },
        );
        say(refusal ?? `nobody has refused ${less}`);
      }
    },
  },
];

/** PostgreSQL, appendix A. */
const checkViolation = '23514';
