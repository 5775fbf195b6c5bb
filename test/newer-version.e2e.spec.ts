import { eventually, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { OVERDUE_AFTER: '1s' } });
});
afterAll(() => system?.end());

/** Starts a service from a build whose order.placed is of version 2: the same files, changed in this one place as they are read. */
const nextBuild = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(`
    import { readFileSync } from 'node:fs';
    import Module from 'node:module';
    const load = Module._extensions['.js'];
    Module._extensions['.js'] = (module, file) => {
      if (!file.endsWith('order-placed.event.js')) return load(module, file);
      const source = readFileSync(file, 'utf8');
      if (!source.includes('version: 1,')) throw new Error('order.placed is not of version 1: change this spec');
      module._compile(source.replace('version: 1,', 'version: 2,'), file);
    };`)}`,
};

test('in a rolling deploy a message of a version newer than known waits for the contract, and is no dead letter', async () => {
  const before = await placeOrder(system);
  await expectAllOnce(system, [before]);
  for (const service of [system.order, system.warehouse]) {
    await service.stop();
    await service.start(nextBuild);
  }
  const id = await placeOrder(system);
  const message = await orderPlaced(id);
  expect(message?.version).toBe(2);
  const { detail } = await system.payment.step({ step: 'retrying', messageId: message?.id });
  expect(detail).toBe('version 2 is newer than 1, the newest known here; waiting for a build that knows it');
  await deliveriesOf(id, [
    { consumer: 'payment', state: 'retrying', attempts: 0, processedAt: null, error: detail },
    { consumer: 'warehouse', state: 'processed', attempts: 1, error: null },
  ]);
  const kept = await system.sql(
    'payment',
    `select state, attempts_started, attempts_finished, due_at > clock_timestamp() + interval '50 minutes' as far_out
     from inbox_message where message_id = $1`,
    [message?.id],
  );
  expect(kept).toEqual([{ state: 'retrying', attempts_started: 0, attempts_finished: 0, far_out: true }]);
  expect((await system.payment.get('/dead-letters')).body).toEqual({ deadLetters: [] });

  await system.payment.stop();
  await system.payment.start();
  await deliveriesOf(id, [{ state: 'retrying', attempts: 0 }, {}]);
  expect(system.payment.steps({ messageId: message?.id, step: 'processed' })).toEqual([]);

  await system.payment.stop();
  await system.payment.start(nextBuild);
  await deliveriesOf(id, [
    { state: 'processed', attempts: 1 },
    { state: 'processed', attempts: 1 },
  ]);
  await expectAllOnce(system, [before, id]);
  expect(system.order.steps({ step: 'redelivered', messageId: message?.id })).toEqual([]);
});

test('a message of the version before is still understood', async () => {
  await system.order.stop();
  await system.order.start();
  const id = await placeOrder(system);
  expect((await orderPlaced(id))?.version).toBe(1);
  await expectAllOnce(system, [id]);
});

async function orderPlaced(orderId: string) {
  const [message] = await system.sql(
    'order',
    `select id, version from outbox_message where correlation_id = $1 and type = 'order.placed'`,
    [orderId],
  );
  return message;
}

async function deliveriesOf(orderId: string, expected: Record<string, unknown>[]): Promise<void> {
  await eventually(`the deliveries are ${JSON.stringify(expected)}`, async () => {
    const { body } = await system.order.get(`/orders/${orderId}/journey`);
    expect(body.messages[0].deliveries).toMatchObject(expected);
  });
}
